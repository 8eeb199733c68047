"""One verdict from what stands against a change."""

from collections import Counter
from collections.abc import Sequence

from dart_perf.analysis.gate import EXIT_CODES
from dart_perf.model.detection import Detection
from dart_perf.model.gate import Cause, Gate, GateEntry, WaiverUse
from dart_perf.model.judgement import Status

_WORDS: dict[Cause, tuple[str, str]] = {
    "behaviour": ("guard changed", "guards changed"),
    "regression": ("regression", "regressions"),
    "missing": ("missing", "missing"),
    "errored": ("run with failed benchmarks", "runs with failed benchmarks"),
    "no baseline": ("without a baseline", "without a baseline"),
    "incomparable": ("incomparable", "incomparable"),
    "undecided": ("undecided", "undecided"),
}
_NEXT: dict[Cause, str] = {
    "behaviour": "settle whether the new behaviour is meant; once history or baseline have it, speed is judged again",
    "regression": "mend it and run again; or accept it: a waiver in the policy file with reason and last day, or "
    "`Perf-Regression-Rationale: BENCHMARK: REASON` in a commit message or the text of the change",
    "missing": "run what is missing; what is gone for good leaves with a new baseline or a new history",
    "errored": "mend the benchmarks that failed and run again",
    "no baseline": "record results of the base version first (import_results, or capture_baseline)",
    "incomparable": "measure both sides on one machine with one tool chain (compare_with_baseline does)",
    "undecided": "measure more runs; compare_with_baseline decides most, side by side",
}
_STANDS = {
    "missing": Status.INSUFFICIENT_DATA, "errored": Status.INSUFFICIENT_DATA, "no baseline": Status.NO_BASELINE,
}  # fmt: skip


def gate_of(
    found: Detection,
    entries: Sequence[GateEntry],
    waivers: Sequence[WaiverUse],
    *,
    policy: str,
    commits: str = "",
    warnings: Sequence[str] = (),
) -> Gate:
    """Return the verdict; `entries` are in order, and `policy` is what it is called."""
    failing = [entry for entry in entries if entry.effect == "fails"]
    return Gate(
        verdict="FAIL" if failing else "PASS",
        status=found.status,
        exit_code=EXIT_CODES[failing[0].cause] if failing else 0,
        summary=_summary(found, entries),
        baseline=found.baseline,
        current=found.current,
        commits=commits,
        policy=policy,
        family=found.family,
        undecided=found.undecided,
        entries=tuple(entries),
        waivers=tuple(waivers),
        warnings=(*_said(waivers), *warnings, *found.warnings),
        next_step=_NEXT[failing[0].cause] if failing else _NEXT["undecided"] if _is_open(found) else "go on",
    )


def empty_gate(entries: Sequence[GateEntry], *, policy: str, baseline: str, current: str) -> Gate:
    """Return the verdict on a change of which nothing could be judged; `entries`, at least one, are in order."""
    entry = entries[0]
    fails = entry.effect == "fails"
    return Gate(
        verdict="FAIL" if fails else "PASS",
        status=_STANDS.get(entry.cause, Status.INSUFFICIENT_DATA),
        exit_code=EXIT_CODES[entry.cause] if fails else 0,
        summary=f"nothing was judged: {entry.said}",
        baseline=baseline,
        current=current,
        policy=policy,
        entries=tuple(entries),
        next_step=_NEXT[entry.cause],
    )


def _is_open(found: Detection) -> bool:
    """Say whether not one series was decided, so that to pass shows nothing."""
    return 0 < found.family == found.undecided


def _summary(found: Detection, entries: Sequence[GateEntry]) -> str:
    failing = [entry for entry in entries if entry.effect == "fails"]
    counts = Counter(entry.cause for entry in failing)
    said = [f"{count} {_WORDS[cause][count > 1]}" for cause, count in counts.items()]
    worst = failing[0] if failing else None
    about = f" ({worst.what}{_size(worst)})" if worst else ""
    passed = "nothing was decided" if _is_open(found) else f"no failure in {found.family} series"
    parts = [", ".join(said) + about] if said else [passed]
    waived = sum(entry.effect == "waived" for entry in entries)
    parts += [f"{waived} waived"] if waived else []
    parts += [f"{found.undecided} of {found.family} undecided"] if found.undecided and not counts["undecided"] else []
    return "; ".join(parts)


def _size(entry: GateEntry) -> str:
    if entry.ratio is None or entry.low is None or entry.high is None:
        return ""
    return f" {entry.ratio:.3f}x [{entry.low:.3f}, {entry.high:.3f}]"


def _said(waivers: Sequence[WaiverUse]) -> list[str]:
    """Say of each waiver that does nothing why."""
    why = {
        "expired": "it has expired",
        "no reason": "it gives no reason",
        "matches nothing": "no benchmark that was judged is called so",
        "not accepted": "a gate does not accept it",
    }
    return [
        f"the waiver of {use.benchmark} ({use.source}{f', {use.expires}' if use.expires else ''}) waives nothing: "
        f"{why[use.state]}"
        for use in waivers
        if use.state in why
    ]
