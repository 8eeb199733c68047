"""Whether the typical repetition contradicts what the fastest ones say.

The fastest repetition of a process is its steadiest summary, and blind to a change that slows all but one of them: what
it clears must not be shown to be slower by the medians.
"""

from collections.abc import Sequence

from dart_perf.analysis import reduction
from dart_perf.analysis.series import Design, sides_of
from dart_perf.analysis.verdict import CLEARED, opened
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Run
from dart_perf.stats.decide import decide


def held(
    judgement: Judgement, baseline: Sequence[Run], current: Sequence[Run], key: str, margin: float, design: Design
) -> Judgement:
    """Return `judgement`, or INCONCLUSIVE where it clears series `key` by fastest repetitions and medians are worse."""
    if judgement.status not in CLEARED or not reduction.is_by_fastest(baseline, key):
        return judgement
    median = decide(sides_of(baseline, current, key, margin=margin, design=design, typical=True).item, margin)
    if median.status is not Status.REGRESSION_DETECTED:
        return judgement
    size = f"{median.ratio:.3g}x [{median.low:.3g}, {median.high:.3g}]"
    said = f"the fastest repetition of a process is not slower, but the median one is: {size}; look at the samples"
    return opened(judgement, said)
