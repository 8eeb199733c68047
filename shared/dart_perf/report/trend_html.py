"""A report on the history as one HTML file: it needs no network, and runs no script."""

import base64
from collections.abc import Sequence
from html import escape

from dart_perf.analysis.commit_range import said_range
from dart_perf.analysis.direction import worded
from dart_perf.model.trend import Change, SeriesPage, Trend, TrendReport
from dart_perf.report.figure import svg
from dart_perf.report.trend import said_slope, verdict_word
from dart_perf.report.visible import visible
from dart_perf.units import scale

STYLE = """
body { font-family: system-ui, sans-serif; margin: 2em auto; max-width: 70em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3em .6em; vertical-align: top; }
tr { border-bottom: 1px solid #ddd; } td.spark { font-family: monospace; white-space: nowrap; }
figure { margin: 2em 0; } img { max-width: 100%; } .worse { color: #b02020; } .better { color: #207030; }
"""
KEY = "Points are runs; black lines are levels; a red line is a change for the worse, green for the better, dotted the "
KEY += "machine's."


def page(report: TrendReport) -> str:
    """Return the report as a whole page; every name and value is escaped.

    Raises:
        NotInstalled: what draws the plots is not there.
    """
    trends, changes = report.trends, report.changes
    parts = [
        f"<h1>Performance trends</h1><p><strong>{_said(trends.summary)}</strong></p>",
        _list(trends.warnings),
        "<h2>Series, the worst first</h2>",
        _table(("series", "own movement", "runs", "level", "slope, %/run", "patterns"), map(_trend, trends.trends)),
        f"<p>{trends.total - len(trends.trends)} more series are not shown.</p>" if trends.next_cursor else "",
        f"<h2>Changes of level, the newest first</h2><p>{_said(changes.summary)}</p>",
        _table(("change", "series", "commits", "levels", "stands"), map(_change, changes.changes)),
        f"<h2>Plots</h2><p>{KEY}</p>",
        *(_figure(one) for one in report.series),
    ]
    head = f"<meta charset='utf-8'><title>Performance trends</title><style>{STYLE}</style>"
    body = "\n".join(part for part in parts if part)
    return f"<!DOCTYPE html>\n<html lang='en'><head>{head}</head><body>\n{body}\n</body></html>\n"


def _said(text: str) -> str:
    return escape(visible(text))


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_said(line)}</li>' for line in lines)}</ul>" if lines else ""


def _table(heads: Sequence[str], rows: "map[str]") -> str:
    return f"<table><tr>{''.join(f'<th>{head}</th>' for head in heads)}</tr>\n{''.join(rows)}</table>"


def _cells(*cells: str) -> str:
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _trend(entry: Trend) -> str:
    name = f"<code>{_said(entry.benchmark)}</code> {_said(entry.metric)}"
    word = verdict_word(entry)
    movement = f"<span class='{word.rsplit(maxsplit=1)[-1]}'>{word}</span>"
    patterns = _list([f"{pattern.kind}: {pattern.said}" for pattern in entry.patterns])
    level, spark = scale(entry.level, entry.unit), f"<td class='spark'>{entry.sparkline}</td>"
    return f"<tr>{_cells(name, movement)}{spark}{_cells(level, said_slope(entry), patterns)}</tr>\n"


def _change(entry: Change) -> str:
    name = f"<code>{_said(entry.benchmark)}</code> {_said(entry.metric)}"
    said = worded(entry.ratio) + ("" if entry.together is None else " (machine, not code)")
    levels = f"{scale(entry.before, entry.unit)} -> {scale(entry.after, entry.unit)}"
    stands = f"since {entry.runs_since} runs" if entry.is_current else "changed again"
    return f"<tr>{_cells(said, name, _said(said_range(entry.range)), levels, stands)}</tr>\n"


def _figure(one: SeriesPage) -> str:
    picture = base64.b64encode(svg(one).encode()).decode()
    name = f"{_said(one.benchmark)} {_said(one.metric.name)}"
    image = f"<img alt='{name}: {len(one.values)} runs' src='data:image/svg+xml;base64,{picture}'>"
    return f"<figure><figcaption>{name}</figcaption>{image}</figure>"
