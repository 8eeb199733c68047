"""From many judgements to one status and one sentence."""

from collections.abc import Iterable, Sequence

from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.decide import TOO_CLOSE
from dart_perf.units import Base, scale

NAMED = 3
"""Missing series that a sentence has room for."""


CLEARED = frozenset({Status.NORMAL, Status.IMPROVEMENT_DETECTED})
"""Verdicts that let somebody go on."""


_ORDER = (
    Status.BEHAVIOUR_CHANGED,
    Status.REGRESSION_DETECTED,
    Status.INCOMPARABLE,
    Status.INSUFFICIENT_DATA,
    Status.INCONCLUSIVE,
    Status.IMPROVEMENT_DETECTED,
)


def opened(judgement: Judgement, why: str) -> Judgement:
    """Return the judgement as INCONCLUSIVE: more runs would not tell, and its probability is in doubt too."""
    unclear = {"status": Status.INCONCLUSIVE, "runs_needed": None, "probability_worse": None}
    return judgement.model_copy(update={**unclear, "warnings": (*judgement.warnings, why)})


def overall(deciding: Sequence[SeriesVerdict], *, changed: bool, lacking: bool = False) -> Status:
    """Return the verdict over everything that decides.

    Behaviour comes before speed; a proven regression is never withheld for what is still unclear; an improvement is
    called only when nothing is left unclear, since the question is whether anything became worse. A series that is
    `lacking` on the current side is as unclear as one with too few runs: whatever crashes first is not cleared.
    """
    found = {verdict.judgement.status for verdict in deciding}
    found |= {Status.INSUFFICIENT_DATA} if lacking else set()
    if changed:
        return Status.BEHAVIOUR_CHANGED
    if not found:
        return Status.INSUFFICIENT_DATA
    return worst(found)


def worst(found: Iterable[Status]) -> Status:
    """Return the status that decides over all of those found; `NORMAL` where there are none."""
    among = set(found)
    return next((status for status in _ORDER if status in among), Status.NORMAL)


def summary(
    status: Status,
    series: Sequence[SeriesVerdict],
    changed: Sequence[str],
    differences: Sequence[str],
    lacking: Sequence[str] = (),
    *,
    more: str = "processes a side",
) -> str:
    """Return the verdict in one sentence, with the series that carries it and those that are lacking.

    `more` is what there must be more of where it is undecided.
    """
    said = _judged(status, [verdict for verdict in series if verdict.decides], changed, differences, more)
    return f"{said}; missing in the current runs: {named(lacking)}" if lacking else said


def _judged(
    status: Status, deciding: Sequence[SeriesVerdict], changed: Sequence[str], differences: Sequence[str], more: str
) -> str:
    if status is Status.BEHAVIOUR_CHANGED:
        return f"the program computes something else ({'; '.join(changed)}): no verdict on speed"
    if not deciding:
        return "both sides have no series in common"
    if status is Status.INCOMPARABLE:
        carriers = [verdict for verdict in deciding if verdict.judgement.status is status]
        return f"the sides cannot be compared: {(*differences, *carriers[0].judgement.warnings)[0]}"
    return _about_speed(status, deciding, more)


def _about_speed(status: Status, deciding: Sequence[SeriesVerdict], more: str) -> str:
    margin = _margin(deciding)
    carriers = [verdict for verdict in deciding if verdict.judgement.status is status]
    of = f"{len(carriers)} of {len(deciding)} series"
    if status is Status.REGRESSION_DETECTED:
        return f"{of} worse beyond {margin}; worst {_name(max(carriers, key=_ratio))}"
    if status is Status.IMPROVEMENT_DETECTED:
        return f"{of} better beyond {margin}; best {_name(min(carriers, key=_ratio))}"
    if status is Status.NORMAL:
        all_of = "the one series is" if len(deciding) == 1 else f"all {len(deciding)} series are"
        return f"{all_of} shown to be within {margin}"
    return _open_questions(deciding, more)


def _margin(verdicts: Sequence[SeriesVerdict]) -> str:
    """Return the margin of the series; theirs may differ."""
    margins = {verdict.judgement.margin for verdict in verdicts}
    return f"the margin of {100 * margins.pop():g} %" if len(margins) == 1 else "their margins"


def _open_questions(deciding: Sequence[SeriesVerdict], more: str) -> str:
    unclear = undecided(deciding)
    if not unclear:
        return f"no regression shown in the {len(deciding)} series that both sides have"
    known = len(deciding) - len(unclear)
    margin = _margin(deciding).removeprefix("the margin of ")
    count = f"{len(unclear)} of {len(deciding)} series {'is' if len(unclear) == 1 else 'are'} undecided at {margin}"
    return f"{_leaning(unclear, margin)} {count}; {_remedy(unclear, more)} ({known} decided)"


def _leaning(unclear: Sequence[SeriesVerdict], margin: str) -> str:
    """Say what is not shown; `no regression` only where no interval lies wholly on the worse side of 1."""
    worse = [v for v in unclear if v.judgement.low is not None and v.judgement.low > 1]
    if not worse:
        return "no regression shown, but"
    return f"{_name(max(worse, key=_ratio))} is worse, but not shown to be by more than {margin};"


def _remedy(unclear: Sequence[SeriesVerdict], more: str) -> str:
    """Say whether more runs would tell."""
    needed = [n for v in unclear if (n := v.judgement.runs_needed) is not None]
    if needed:
        some = "" if len(needed) == len(unclear) else f" {len(needed)} of them"
        return f"about {max(needed)} {more} would tell{some}"
    return TOO_CLOSE if _all_too_close(unclear) else "more runs of this kind would not tell"


def undecided(deciding: Sequence[SeriesVerdict]) -> list[SeriesVerdict]:
    """Return the series of which nothing is shown."""
    return [v for v in deciding if v.judgement.status in {Status.INCONCLUSIVE, Status.INSUFFICIENT_DATA}]


def _all_too_close(unclear: Sequence[SeriesVerdict]) -> bool:
    return all(TOO_CLOSE in v.judgement.warnings for v in unclear)


def named(names: Sequence[str]) -> str:
    """Return the first of the names, and how many more there are."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _name(verdict: SeriesVerdict) -> str:
    return f"{verdict.benchmark} {verdict.metric} {_change(verdict.judgement, verdict.unit)}"


def _change(judgement: Judgement, unit: Base) -> str:
    if judgement.ratio is None:
        return f"by {scale(judgement.difference, unit)}" if judgement.difference is not None else "by an unknown amount"
    return f"{judgement.ratio:.3f}x [{judgement.low:.3f}, {judgement.high:.3f}]"


def _ratio(verdict: SeriesVerdict) -> float:
    return verdict.judgement.ratio or 0.0
