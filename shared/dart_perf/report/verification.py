"""A verification as text: the verdict, what it stands on, and whether it could have been seen."""

from collections.abc import Iterator

from dart_perf.analysis.verification_words import interval, one
from dart_perf.model.verification import PairVerdict, Replay, ScenarioVerdict, Verification
from dart_perf.report.comparison import WORDS

PARTS = 5
"""Benchmarks inside a program that a brief answer names."""
WARNINGS = 8
"""Warnings of a scenario that a brief answer holds."""


def text(found: Verification) -> str:
    """Return the verification as text."""
    head = [f"{found.status}: {found.summary}", f"{found.head} against {found.base}, processes side by side at random"]
    chosen = [found.chosen] if found.chosen else []
    several = len(found.scenarios) > 1
    lines = [line for verdict in found.scenarios for line in scenario(verdict, named=several)]
    warnings = [f"warning: {warning}" for warning in dict.fromkeys(_all_warnings(found))]
    return "\n".join([*head, *chosen, *lines, *warnings, f"next: {found.next_step}"])


def _all_warnings(found: Verification) -> Iterator[str]:
    """Yield the warnings of all scenarios, each with its scenario where there are several."""
    for verdict in found.scenarios:
        whose = f"{verdict.scenario}: " if len(found.scenarios) > 1 else ""
        judged = verdict.judgement.warnings if verdict.judgement else ()
        yield from (f"{whose}{warning}" for warning in (*verdict.warnings, *judged))


def scenario(verdict: ScenarioVerdict, *, named: bool) -> list[str]:
    """Return one scenario's lines; `named` where others stand beside it."""
    lines = [f"{WORDS[verdict.status]:<8} {verdict.scenario} {one(verdict)}"] if named else []
    if verdict.error:
        return [*lines, *(f"  {line}" for line in verdict.error.splitlines()[1:])]
    if verdict.seen is not None:
        lines.append(f"  first pairs {interval(verdict.seen)}; the ratio above is of fresh pairs alone")
    if verdict.other is not None:
        lines.append(f"  reported  {'wall' if verdict.decides == 'cpu' else 'cpu'} time {interval(verdict.other)}")
    lines += [
        f"  {WORDS[part.judgement.status]:<8}  {part.benchmark}: {interval(part.judgement)}" for part in verdict.parts
    ]
    if verdict.judgement is not None:
        lines.append(f"  could it have been seen: {could_be_seen(verdict, verdict.judgement)}")
    return [*lines, f"  receipt   {verdict.receipt}"] if verdict.receipt else lines


def could_be_seen(verdict: ScenarioVerdict, judgement: PairVerdict) -> str:
    """Return the smallest change that would have been found, what equal programs differ by, the load, the lines."""
    smallest = judgement.minimum_detectable_effect
    said = [f"{smallest:.3f}x would have been found in 4 of 5" if smallest else "smallest change not known yet"]
    said += [f"base against itself {verdict.floor}"] if verdict.floor else []
    if verdict.load is not None:
        said.append(f"load {verdict.load:.1f}")
    if verdict.changed_lines:
        said.append(verdict.changed_lines)
    return "; ".join(said)


def replayed(found: Replay) -> str:
    """Return a replay as text."""
    lines = [f"{found.status}: {found.summary}", *scenario(found.verdict, named=False)]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in found.warnings)])


def brief(found: Verification) -> Verification:
    """Return the verification as a brief answer holds it."""
    return found.model_copy(update={"scenarios": tuple(_brief(verdict) for verdict in found.scenarios)})


def _brief(verdict: ScenarioVerdict) -> ScenarioVerdict:
    hidden, more = len(verdict.parts) - PARTS, len(verdict.warnings) - WARNINGS
    notes = [f"{hidden} more parts: detail='full' shows them"] if hidden > 0 else []
    notes += [f"{more} more warnings: detail='full' shows them"] if more > 0 else []
    return verdict.model_copy(
        update={"parts": verdict.parts[:PARTS], "warnings": (*verdict.warnings[:WARNINGS], *notes)}
    )
