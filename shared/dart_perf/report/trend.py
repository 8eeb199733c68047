"""Trends and changes as text: the verdict first, one block a series or change, the next step last."""

from dart_perf.analysis.commit_range import said_range
from dart_perf.analysis.direction import worded
from dart_perf.model.trend import Change, ChangeList, Round, Trend, TrendAnalysis, TrendList, TrendReport
from dart_perf.report import detection
from dart_perf.units import scale

NAMED = 5
"""Series without a history that are named."""


def trends(record: TrendList) -> str:
    """Return a page of trends as text."""
    lines = [record.summary]
    for entry in record.trends:
        lines += trend_lines(entry)
    return _ended(lines, record)


def trend_lines(entry: Trend) -> list[str]:
    """Return one series as a line with its sparkline, and a line for each of its patterns."""
    runs = f"{entry.level_runs} of {entry.points} runs"
    head = f"{verdict_word(entry)} {entry.benchmark} {entry.metric}: {entry.sparkline} {scale(entry.level, entry.unit)}"
    slope = said_slope(entry)
    pace = f"; {slope} %/run" if slope else ""
    return [f"{head} ({runs}{pace})", *(f"  {pattern.kind}: {pattern.said}" for pattern in entry.patterns)]


def verdict_word(entry: Trend) -> str:
    """Return what a series' own movement comes to: worse, better or level; that it changed where there is no ratio."""
    if entry.ratio is None:
        return worded(None)
    if abs(entry.ratio - 1.0) < 1e-9:  # noqa: PLR2004 -- rounding of a product of ratios
        return "level"
    return worded(entry.ratio)


def said_slope(entry: Trend) -> str:
    """Return percent a run with its interval; nothing where it is not known."""
    if entry.slope is None or entry.slope_low is None or entry.slope_high is None:
        return ""
    return f"{entry.slope:+.2g} [{entry.slope_low:+.2g}, {entry.slope_high:+.2g}]"


def changes(record: ChangeList) -> str:
    """Return a page of changes as text."""
    return _ended([record.summary, *(change_line(entry) for entry in record.changes)], record)


def change_line(entry: Change) -> str:
    """Return one change as a line: how much, of what, in which commits, whether it stands."""
    values = f"{scale(entry.before, entry.unit)} -> {scale(entry.after, entry.unit)}"
    runs = f"{entry.runs_since} run{'s' * (entry.runs_since != 1)}"
    stands = f"stands since {runs}" if entry.is_current else f"for {runs}, then changed again"
    machine = ""
    if entry.together is not None:
        machine = f"; all benchmarks of the machine moved, {worded(entry.together)}: machine, not code"
        machine += f"; its own: {worded(entry.own)}" if entry.own is not None else ""
    name = f"{entry.benchmark} {entry.metric}"
    return f"{worded(entry.ratio)} {name}: {said_range(entry.range)}; {values}; {stands}{machine}"


def _ended(lines: list[str], record: TrendList | ChangeList) -> str:
    lines += [f"more: cursor {record.next_cursor!r}"] if record.next_cursor else []
    lines += [f"warning: {warning}" for warning in record.warnings]
    return "\n".join([*lines, *([f"next: {record.next_step}"] if record.next_step else [])])


def analysis(record: TrendAnalysis) -> str:
    """Return new results against a baseline and in their history as text."""
    lines = [detection.text(record.detection)]
    many = f"{record.appended} series with these results as their newest runs" if record.appended else ""
    lines += [f"trends: {many}", trends(record.trends)] if record.trends else [record.summary]
    lines += [f"without a history: {', '.join(record.new[:NAMED])}{_more(record.new)}"] if record.new else []
    return "\n".join([*lines, *(f"warning: {warning}" for warning in record.warnings)])


def _more(names: tuple[str, ...]) -> str:
    return f" and {len(names) - NAMED} more" if names[NAMED:] else ""


def report(record: TrendReport) -> str:
    """Return a report as text: trends, then changes."""
    return f"{trends(record.trends)}\n\n{changes(record.changes)}"


def look(record: Round) -> str:
    """Return what one look at the history found."""
    stamp = record.when.isoformat(timespec="seconds")
    return "\n".join([f"{stamp} round {record.number}: {record.summary}", *(f"  {line}" for line in record.news)])
