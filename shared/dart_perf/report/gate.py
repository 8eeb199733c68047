"""A gate as text, and shortened to what an answer has room for."""

from dart_perf.model.gate import Gate, GateEntry, WaiverUse

ENTRIES, LINES = 8, 5
"""Entries, and waivers and warnings each, that keep an answer within 2,000 tokens."""
CERTAIN = 0.99
"""Above this no percentage is told: its own error is larger than what is left."""
WIDTH = 300
"""Characters of a sentence in a short answer."""


def text(gate: Gate) -> str:
    """Return the gate as text: the verdict first, then what fails, what was waived, what is open, the next step."""
    lines = [f"{gate.verdict}: {gate.summary}", f"{gate.current} against {gate.baseline}; policy {gate.policy}"]
    lines += [f"  {line(entry)}" for entry in gate.entries]
    lines += [f"  waiver   {waiver(use)}" for use in gate.waivers]
    return "\n".join([*lines, *(f"warning: {said}" for said in gate.warnings), f"next: {gate.next_step}"])


def line(entry: GateEntry) -> str:
    """Return one entry as one line."""
    size = interval(entry)
    waived = f"; accepted by {entry.waived_by}" if entry.waived_by else ""
    return f"{entry.effect:<8} {entry.cause}: {entry.what}: {f'{size}; ' if size else ''}{entry.said}{waived}"


def interval(entry: GateEntry) -> str:
    """Return ratio, interval and how sure it is, as far as they are known."""
    if entry.ratio is None:
        return ""
    ends = f" [{entry.low:.3f}, {entry.high:.3f}]" if entry.low is not None and entry.high is not None else ""
    sure = sureness(entry.probability_worse) if entry.cause == "regression" else ""
    return f"{entry.ratio:.3f}x{ends}{f', {sure} sure' if sure else ''}"


def sureness(probability: float | None) -> str:
    """Return a probability in percent, never as certain; empty where it is not known."""
    if probability is None:
        return ""
    return ">99 %" if probability > CERTAIN else f"{100 * probability:.0f} %"


def waiver(use: WaiverUse) -> str:
    """Return what became of a waiver."""
    until = f" until {use.expires}" if use.expires else ""
    who = f" by {use.by}" if use.by else ""
    return f"{use.state}: {use.benchmark} ({use.source}{who}{until}){f': {use.reason}' if use.reason else ''}"


def shortened(gate: Gate) -> Gate:
    """Return the gate with its first entries, waivers and warnings; what was left out is said as a warning."""
    limits = {"entries": ENTRIES, "waivers": LINES, "warnings": LINES}
    hidden = {name: len(getattr(gate, name)) - limit for name, limit in limits.items()}
    counts = ", ".join(f"{count} {name}" for name, count in hidden.items() if count > 0)
    entries = tuple(
        entry.model_copy(update={"said": _cut(entry.said), "waived_by": _cut(entry.waived_by)})
        for entry in gate.entries[:ENTRIES]
    )
    waivers = tuple(use.model_copy(update={"reason": _cut(use.reason)}) for use in gate.waivers[:LINES])
    warnings = tuple(_cut(said) for said in gate.warnings[:LINES])
    note = (f"not shown: {counts}; ask again with detail='full'",) if counts else ()
    return gate.model_copy(update={"entries": entries, "waivers": waivers, "warnings": (*warnings, *note)})


def _cut(said: str) -> str:
    return said if len(said) <= WIDTH else said[: WIDTH - 1] + "…"
