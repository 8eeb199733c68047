"""Why a program's time and its instructions may disagree."""

from dart_perf.model.judgement import Status
from dart_perf.model.verification import CountVerdict, PairVerdict, ScenarioVerdict

CLAIMS = {Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED, Status.NORMAL}
APART = 0.03
"""Difference of two ratios below which neither is worth explaining: code layout alone moves times by as much
(Mytkowicz et al., ASPLOS 2009)."""


def explain(verdict: ScenarioVerdict) -> list[str]:
    """Return why time and counts of `verdict` say different things; nothing where they do not."""
    time, counts = verdict.judgement, verdict.counts
    if time is None or counts is None or time.ratio is None or time.low is None or time.high is None:
        return []
    claimed = time.status in CLAIMS and counts.status in CLAIMS and time.status is not counts.status
    outside = not time.low - APART <= counts.ratio <= time.high + APART
    if not (claimed or outside):
        return []
    said = f"time says {time.ratio:.3f}x and instructions say {counts.ratio:.3f}x"
    return [f"{said}: {_causes(verdict, time, counts)}"]


def _causes(verdict: ScenarioVerdict, time: PairVerdict, counts: CountVerdict) -> str:
    other = verdict.other.ratio if verdict.other else None
    wall, cpu = (other, time.ratio) if verdict.decides == "cpu" else (time.ratio, other)
    if wall is not None and cpu is not None and abs(wall - cpu) > 2 * APART:
        return "CPU and wall time differ too, so the change is in waiting or in how many cores work at once"
    if (time.ratio or 1.0) > counts.ratio:
        return (
            "each instruction takes longer: cache or branch misses, a larger working set, time in the kernel "
            "(allocation, files), which is not counted, or another code layout; "
            "look at cache misses with perf or cachegrind --cache-sim=yes"
        )
    return (
        "each instruction takes less time: better locality, vectorised or fewer dependent instructions, fewer page "
        "faults, or another code layout"
    )
