"""What a program printed is refused at the first process, with scenario, program and remedy."""

from pathlib import Path

import pytest

from dart_perf.errors import MeasurementFailed
from dart_perf.workflows.capture import capture_baseline
from dart_perf.workflows.scenarios import trust_project
from tests.conftest import Toy

NAME = "toy_without_files"


def declare(toy: Toy, old: str, new: str) -> None:
    path = toy.root / "dart-perf.toml"
    path.write_text(path.read_text().replace(old, new))
    trust_project(toy.project)


def counted(toy: Toy, program: str) -> Path:
    ran = toy.root / "ran"
    (toy.root / "toy.py").write_text(f"open({str(ran)!r}, 'a').write('x')\n{program}")
    return ran


def refused(toy: Toy) -> str:
    with pytest.raises(MeasurementFailed) as raised:
        capture_baseline(toy.project, NAME, why="before")
    return str(raised.value)


def test_a_metric_that_nothing_produces_is_refused_at_the_first_process(toy: Toy) -> None:
    ran = counted(toy, (toy.root / "toy.py").read_text())
    declare(toy, '["cpu_time"]', '["cpu_tiem"]')
    assert "keeps cpu_tiem, but its program gave cpu_time, peak_rss. Mend `metrics`." in refused(toy)
    assert ran.read_text() == "x"


def test_a_metric_that_never_came_beside_others_that_did_is_a_warning(toy: Toy) -> None:
    declare(toy, '["cpu_time"]', '["cpu_time", "wall_time", "instrutions"]')
    warnings = capture_baseline(toy.project, NAME, why="before").warnings
    assert "`metrics` names instrutions, which its program did not give: mend the name" in warnings


def test_output_that_cannot_be_read_is_told_with_scenario_and_program(toy: Toy) -> None:
    counted(toy, "print('no numbers')")
    said = refused(toy)
    assert said.startswith(f"scenario {NAME!r}: [")
    assert "{root}/toy.py" in said
    assert "its output: line 1, column 1: not JSON" in said
    assert "the text" not in said
    assert 'set format = "none"' in said


def test_output_of_another_format_is_recognised(toy: Toy) -> None:
    declare(toy, '["cpu_time"]', '["cpu_time"]\nformat = "google-benchmark"')
    assert 'It looks like dart-perf: set format = "dart-perf" in the scenario.' in refused(toy)
