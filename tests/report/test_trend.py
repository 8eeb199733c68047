"""Trends, changes and rounds as people and agents read them."""

from pathlib import Path

from dart_perf.report import trend_markdown
from dart_perf.report.text import render
from dart_perf.workflows.series_query import Query
from dart_perf.workflows.trend_report import report
from tests import golden
from tests.histories import Level, flat, history, step, stored


def levels() -> dict[str, Level]:
    """Return benchmarks of one machine that became 1.1x slower at run 60, and what each did beside that."""
    own: dict[str, Level] = {
        "dynamics/solve": step(90, 1.25),
        "dynamics/step": lambda k: 2e-3 * (1.0 + 0.002 * k),
        "io/parse": lambda k: 5e-3 * (1.4 if 30 <= k < 34 else 1.0),
        "collision/boxes": flat(3e-4),
        "collision/mesh|grid": flat(7e-4),
        "math/inverse": step(45, 0.8, 1e-6),
    }
    return {name: slowed(level) for name, level in own.items()}


def slowed(level: Level) -> Level:
    """Return the level on a machine that became 1.1x slower at run 60."""
    return lambda k: level(k) * (1.1 if k >= 60 else 1.0)


def test_trends_and_changes_read_as_text_and_markdown(tmp_path: Path) -> None:
    found = report(stored(tmp_path, history(levels(), range(120), spread=1e-4)), Query(), limit=20, drawn=0)
    golden.check("trends.txt", render(found) + "\n")
    golden.check("trends.md", trend_markdown.report(found))


def test_a_series_that_moves_little_is_level(tmp_path: Path) -> None:
    found = report(stored(tmp_path, history({"calm": flat()}, range(30))), Query(), limit=20, drawn=1)
    assert "level calm cpu_time: ▅" in render(found).replace("▄", "▅")
    assert found.series[0].starts == ()
