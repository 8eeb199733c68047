"""What an import answers: all rows that are left out and all warnings, counted and named by file, in few lines."""

import json
from typing import Any

from dart_perf.report.brief import shortened_import
from dart_perf.report.text import render
from dart_perf.serving import result
from dart_perf.workflows.detection import detect
from dart_perf.workflows.imports import import_results
from tests import golden
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native

ROWS = json.dumps(
    {
        "context": {},
        "benchmarks": [
            {"name": "BM_Fine", "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ns", "run_type": "iteration"},
            {"name": "BM_Bad", "error_occurred": True, "error_message": "no file"},
        ],
    }
)


def test_an_answer_about_thousands_of_bad_files_stays_short(toy: Toy) -> None:
    many = {f"a_long_folder/with_a_long_name_{i}.json": '{"schema": "dart-perf/results/1", ' for i in range(300)}
    rows = [{"name": f"BM_Long_Name_{i}", "real_time": 0.0, "time_unit": "ns"} for i in range(300)]
    rows.append({"name": "BM_Fine", "real_time": 1.0, "cpu_time": 1.0, "time_unit": "ns", "run_type": "iteration"})
    other = {"other.json": json.dumps({"context": {"date": "x"}, "benchmarks": rows})}
    filled(toy.root / "out", many | other | {f"n.e{i}": "x" for i in range(300)})
    report = import_results(toy.project, "out")
    assert (len(report.refused), report.refused[-1]) == (201, "and 100 more")
    brief = shortened_import(report)
    assert brief.warnings[-1] == "shortened; ask again with detail='full', nothing is stored twice"
    answer = result(brief)
    text = answer.content[0].text if answer.content[0].type == "text" else ""
    assert (len(text) + len(str(answer.structured_content))) / 4 < 2_000


def test_every_row_that_is_left_out_is_counted_though_only_the_first_are_named(toy: Toy) -> None:
    rows: list[dict[str, Any]] = [{"name": f"BM_{i}_mean", "run_type": "aggregate"} for i in range(500)]
    rows.append({"name": "BM_Fine", "real_time": 1.0, "time_unit": "ns", "run_type": "iteration"})
    filled(toy.root / "out", {"a.json": json.dumps({"context": {}, "benchmarks": rows}), "b.json": native()})
    report = import_results(toy.project, "out")
    assert report.summary == "out: 2 new and 0 known runs, 2 measurements, 500 rows left out"
    assert (len(report.left_out), report.left_out[-1]) == (201, "and 300 more")
    compared = detect(toy.project, "out/a.json", report.runs[0])
    assert "500 rows of the current results are no measurements and were left out" in compared.warnings


def warned(*samples: float) -> str:
    return native(warnings=["it was hot", *(f"{sample} is odd" for sample in samples)])


def test_a_warning_of_a_folder_names_its_files_once_for_all_that_say_the_same(toy: Toy) -> None:
    filled(toy.root / "out", {f"{i}.json": warned() for i in range(5)} | {"odd.json": warned(1, 2)})
    (toy.root / "out" / "rows.json").write_text(ROWS)
    golden.check("import_of_a_folder.txt", render(import_results(toy.project, "out")) + "\n")


def test_warnings_of_one_file_stay_as_they_are(toy: Toy) -> None:
    filled(toy.root, {"a.json": warned(1)})
    assert import_results(toy.project, "a.json").warnings == ("it was hot", "1 is odd")


def test_names_that_are_long_leave_room_for_what_is_said_of_their_files(toy: Toy) -> None:
    filled(toy.root / "out", {f"a_long_folder/with_a_long_name_{i}.json": warned() for i in range(9)})
    line, _ = shortened_import(import_results(toy.project, "out")).warnings
    assert line == "out/a_long_folder/with_a_long_name_0.json and 8 more: it was hot"


def test_warnings_beyond_the_named_ones_are_counted(toy: Toy) -> None:
    beyond = {"c.json": warned(*range(250, 299))}  # said already: no further line
    filled(toy.root / "out", {"a.json": warned(*range(150)), "b.json": warned(*range(100, 300))} | beyond)
    report = import_results(toy.project, "out")
    assert (len(report.warnings), report.warnings[-1]) == (201, "and 101 more")
    assert report.warnings[0] == "out/a.json, out/b.json, out/c.json: it was hot"


def test_a_short_report_is_left_as_it_is_and_reads_well(toy: Toy) -> None:
    filled(toy.root / "out", {"a.json": native(), "b.md": "x", "c.json": "{"})
    report = import_results(toy.project, "out")
    assert shortened_import(report) is report
    assert render(report) == (
        "out: 1 new and 0 known runs, 1 measurement, 0 rows left out, 1 file skipped, 1 REFUSED\n"
        "refused: out/c.json: line 1, column 2: not JSON: Expecting property name enclosed in double quotes. "
        "It ends too early: was it cut off? Give the whole output of the benchmark program, and nothing else.\n"
        "skipped: out/b.md: *.md is no ending of results; name it to read it"
    )
