"""A detection as text: a comparison, how many series it is over, and since when those that were called are so."""

from dart_perf.model.comparison import Comparison
from dart_perf.model.detection import Confrontation, Detection, SeriesChange
from dart_perf.report import comparison as comparisons


def text(found: Detection) -> str:
    """Return the detection as text, as `comparison.text` with what it says beyond a comparison."""
    lines = [*comparisons.head(found), family(found), *comparisons.rows(found)]
    lines += [f"  since    {since(change)}" for change in found.changes]
    lines += [f"more: cursor {found.next_cursor!r}"] if found.next_cursor else []
    return "\n".join([*lines, *comparisons.tail(found)])


def family(found: Detection) -> str:
    """Return how many series were judged, what is open, and how often such a look is wrong."""
    said = f"{found.family} series judged at once, {found.undecided} undecided"
    if found.false_alerts is None:
        return said
    return f"{said}; false alerts expected: {found.false_alerts:.2g} per series per 1,000 looks"


def since(change: SeriesChange) -> str:
    """Return since when a series is at its level."""
    size = "" if change.ratio is None else f" {change.ratio:.3f}x"
    return f"{change.benchmark} {change.metric}:{size} in {change.after}..{change.until}"


def confronted(found: Confrontation) -> str:
    """Return what is newest of each scenario against its baseline, as text."""
    blocks = [f"{found.status}: {found.summary}"]
    blocks += ["\n".join(_block(one)) for one in found.comparisons]
    return "\n".join([*blocks, *(f"left out: {name}" for name in found.left_out), f"next: {found.next_step}"])


def _block(one: Comparison) -> list[str]:
    warnings = [f"  warning: {said}" for said in (*one.warnings, *comparisons.notes(one))]
    return [*comparisons.head(one), *comparisons.rows(one), *warnings]
