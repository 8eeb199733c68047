"""Reports on the history: a page with plots, Markdown, JSON and text."""

import base64
import json
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from defusedxml import ElementTree

from tests.conftest import Toy
from tests.histories import flat, history, step, stored

Command = Callable[..., subprocess.CompletedProcess[str]]
SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """What a browser would find in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.pictures: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in {"src", "href"} and value:
                (self.pictures if value.startswith("data:") else self.addresses).append(value)

    def handle_data(self, data: str) -> None:
        self.shown += data


@pytest.fixture
def with_history(toy: Toy) -> Toy:
    stored(toy.root, history({"solve <b>&co": step(30, 1.25), "load": flat()}, range(60)))
    return toy


@pytest.mark.parametrize(
    "line",
    [
        ("dart-regression-detector", "--report", "--trend-analysis"),
        ("dart-perf-intelligence", "--analyze-trends"),
    ],
)
def test_a_page_has_a_plot_of_each_series_and_needs_nothing_from_elsewhere(
    with_history: Toy, command: Command, line: tuple[str, ...]
) -> None:
    done = command(*line, "--output", "trends.html")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("1 of 2 series worse")
    page = Page((with_history.root / "trends.html").read_text(encoding="utf-8"))
    assert page.addresses == []
    assert not page.tags & {"script", "link", "iframe", "b"}
    assert "1 of 2 series worse" in page.shown
    assert "solve <b>&co" in page.shown
    assert len(page.pictures) == 2
    drawing = ElementTree.fromstring(base64.b64decode(page.pictures[0].partition(",")[2]))
    assert drawing.tag == f"{SVG}svg"
    assert len(list(drawing.iter(f"{SVG}use"))) > 60  # a mark a run, and those of the axes
    assert "cpu_time, s" in "".join(drawing.itertext())


@pytest.mark.parametrize(
    ("name", "begins"),
    [("report.md", "# Performance trends\n\n1 of 2 series worse"), ("report.txt", "1 of 2 series worse by steps")],
)
def test_a_report_is_written_as_its_name_says(with_history: Toy, command: Command, name: str, begins: str) -> None:
    assert command("dart-regression-detector", "--report", "--trend-analysis", "--output", name).returncode == 1
    text = (with_history.root / name).read_text(encoding="utf-8")
    assert text.startswith(begins)
    assert "1.25x worse" in text
    assert "\N{LOWER ONE EIGHTH BLOCK}" in text


def test_a_report_as_json_has_trends_changes_and_values(with_history: Toy, command: Command) -> None:
    arguments = ("--report", "--trend-analysis", "--window", "50", "--output", "report.json")
    command("dart-regression-detector", *arguments)
    said = json.loads((with_history.root / "report.json").read_bytes())
    assert (said["trends"]["worse"], said["changes"]["total"]) == (1, 1)
    assert [len(series["values"]) for series in said["series"]] == [50, 50]


def test_a_report_without_its_subject_or_with_new_results_as_a_page_is_refused(toy: Toy, command: Command) -> None:
    done = command("dart-regression-detector", "--report")
    assert (done.returncode, "Give --trend-analysis with it" in done.stderr) == (2, True)
    old = toy.results("old.json", 1e-3)
    arguments = ("--input", old, "--baseline", old, "--output", "x.html")
    done = command("dart-perf-intelligence", "--analyze-trends", *arguments)
    assert (done.returncode, "only the stored history is drawn" in done.stderr) == (2, True)


def test_without_the_library_that_draws_the_remedy_is_said(
    with_history: Toy, command: Command, command_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    hidden: Path = tmp_path_factory.mktemp("hidden")
    (hidden / "matplotlib.py").write_text("raise ImportError('not here')\n")
    command_environment["PYTHONPATH"] = str(hidden)
    done = command("dart-regression-detector", "--report", "--trend-analysis", "--output", "r.html")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'dart-perf[plots]'" in done.stderr
    assert not (with_history.root / "r.html").exists()
    assert command("dart-regression-detector", "--report", "--trend-analysis", "--output", "r.md").returncode == 1
