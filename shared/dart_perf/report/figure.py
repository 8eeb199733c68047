"""A series as a plot: its values, its levels and where they changed, as SVG without anything from elsewhere."""

import io
from itertools import pairwise
from statistics import median

from dart_perf.analysis.direction import is_worse
from dart_perf.errors import NotInstalled
from dart_perf.model.trend import SeriesPage

WIDTH, HEIGHT = 8.0, 2.4
"""Inches; 72 points each."""
QUIET = {"Date": None, "Creator": None, "Format": None, "Type": None}
"""Without what changes from one day or installation to another."""


def svg(page: SeriesPage) -> str:
    """Return the plot of a series.

    Raises:
        NotInstalled: matplotlib, which is in the extra `plots`, is not there.
    """
    try:
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    except ImportError as error:
        raise NotInstalled(
            "plots need matplotlib, which is not installed. Install it with: pip install 'dart-perf[plots]'; "
            "Markdown, text and JSON need nothing more."
        ) from error
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": page.series, "text.parse_math": False}):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        axes = figure.add_subplot()
        numbers = range(page.first, page.first + len(page.values))
        axes.plot(numbers, page.values, ".", markersize=3, color="#4878a8")
        for start, end in pairwise([page.first, *(at for at in page.starts if at > page.first), page.total]):
            level = median(page.values[start - page.first : end - page.first])
            axes.plot([start, end - 1], [level, level], "-", color="#222222", linewidth=1)
        for start, change in zip(page.starts, page.changes, strict=True):
            machine = change.together is not None
            color = "#888888" if machine else "#c03030" if is_worse(change, page.metric.better) else "#2a8040"
            axes.axvline(start - 0.5, color=color, linewidth=1, linestyle=":" if machine else "-")
        axes.set_xlabel("run")
        axes.set_ylabel(f"{page.metric.name}, {page.metric.unit}")
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata=QUIET)
    return text.getvalue()
