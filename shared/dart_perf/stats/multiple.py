"""One decision over many series, with the false discovery rate controlled over all of them.

Regressions and improvements are two families of one-sided claims, each at q / 2 by Benjamini and Hochberg, J. R. Stat.
Soc. B 57 (1995) 289; NORMAL is a claim too, and a family of its own. Series of one process share its noise; the
procedure holds under such positive dependence (Benjamini and Yekutieli, Ann. Stat. 29 (2001) 1165). The interval of a
selected series is widened to 1 - R q / m (FCR: Benjamini and Yekutieli, J. Am. Stat. Assoc. 100 (2005) 71), so that it
lies beyond the margin exactly where the series was selected.
"""

from collections.abc import Sequence

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.claims import Claims, verdict, weigh_among_many
from dart_perf.stats.decide import describe
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.levels import LEVEL
from dart_perf.stats.samples import check_margin


def decide_all(
    items: Sequence[Estimate | Judgement], margins: float | Sequence[float] = 0.05, q: float = 0.05
) -> tuple[Judgement, ...]:
    """Judge all series of one decision, in the order given.

    Args:
        items: estimates; finished judgements (exact metrics, too few runs) pass through and count in no family.
        margins: one margin for all, or one an item.
        q: false discovery rate, in (0, 1); no claim is made that `decide` would not make.

    Raises:
        InvalidInput: the lengths differ, a margin is negative, or q is not in (0, 1).
    """
    each = [margins] * len(items) if isinstance(margins, (int, float)) else list(margins)
    if len(each) != len(items):
        raise InvalidInput(f"{len(each)} margins for {len(items)} series: give one margin for all, or one a series.")
    if not 0 < q < 1:
        raise InvalidInput(f"q is {q}: a false discovery rate lies between 0 and 1, e.g. 0.05.")
    weighed = {
        index: weigh_among_many(item, check_margin(each[index]))
        for index, item in enumerate(items)
        if isinstance(item, Estimate)
    }
    levels = _family_levels(list(weighed.values()), q)
    return tuple(
        item if isinstance(item, Judgement) else _judge(item, each[index], weighed[index], levels, len(weighed), q)
        for index, item in enumerate(items)
    )


def step_up(p_values: Sequence[float], q: float) -> float:
    """Return the level R q / m up to which Benjamini and Hochberg reject; 0 where nothing is rejected."""
    ordered = np.sort(np.asarray(p_values, dtype=np.float64))
    steps = q * np.arange(1, ordered.size + 1) / max(1, ordered.size)
    rejected = np.flatnonzero(ordered <= steps)
    return float(steps[rejected[-1]]) if rejected.size else 0.0


def _family_levels(claims: list[Claims], q: float) -> Claims:
    """Return the level of each family; never looser than that of a series judged alone."""
    families = ([c.worse for c in claims], [c.better for c in claims], [c.within for c in claims])
    return Claims(*(min(LEVEL, step_up(family, q / 2)) for family in families))


def _judge(item: Estimate, margin: float, claims: Claims, levels: Claims, count: int, q: float) -> Judgement:
    status = verdict(claims, levels.worse, levels.better, levels.within)
    alone = verdict(claims, LEVEL, LEVEL, LEVEL)
    if status != alone:
        note = f"alone it would be {alone.value}; among {count} series judged at once the evidence is too weak"
        sure = min(LEVEL, q / 2 / count)  # the first step: Benjamini and Hochberg reject there whatever the others say
        return describe(item, margin, status, LEVEL, note, sure=sure)
    level = {
        Status.REGRESSION_DETECTED: levels.worse,
        Status.IMPROVEMENT_DETECTED: levels.better,
        Status.NORMAL: levels.within,
    }.get(status, LEVEL)
    return describe(item, margin, status, level)
