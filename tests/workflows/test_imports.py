"""Importing: every file is stored, known, skipped or refused with its reason, and none stops another."""

import json
import os
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dart_perf.errors import InvalidInput, PerfError
from dart_perf.ingest.table import FORMATS, Reader
from dart_perf.model.answer import ImportReport
from dart_perf.store import open_store
from dart_perf.workflows import baselines, import_tally
from dart_perf.workflows.detection import detect
from dart_perf.workflows.imports import at_once, import_results
from dart_perf.workflows.project import Project
from dart_perf.workflows.result_files import Limits, in_order
from tests.conftest import Toy

SAMPLES = Path(__file__).parents[1] / "ingest" / "data"


def native(seconds: float = 1e-3, **fields: Any) -> str:
    measurement = {"benchmark": {"name": "step"}, "metric": {"name": "t", "unit": "s"}, "samples": [seconds]}
    return json.dumps({"schema": "dart-perf/results/1", "producer": "p", "measurements": [measurement]} | fields)


def filled(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def samples(project: Project) -> list[float]:
    return [run.measurements[0].samples[0] for run in project.store.runs()]


def test_a_folder_is_read_in_the_order_of_its_numbers(toy: Toy) -> None:
    filled(toy.root / "out", {f"run-{i}.json": native(i) for i in (10, 9, 1, 2)} | {"deep/run-3.json": native(3)})
    report = import_results(toy.project, "out")
    assert (report.files, report.accepted, report.known, report.measurements) == (5, 5, 0, 5)
    assert samples(toy.project) == [3, 1, 2, 9, 10]


def test_the_same_content_twice_is_stored_once_and_said(toy: Toy) -> None:
    filled(toy.root / "out", {"a.json": native(1), "b.json": native(2), "copy of a.json": native(1)})
    first = import_results(toy.project, "out")
    assert (first.accepted, first.known) == (2, 1)
    shutil.move(toy.root / "out", toy.root / "moved")
    again = import_results(toy.project, "moved")
    assert (again.accepted, again.known, len(toy.project.store.runs())) == (0, 3, 2)
    assert again.summary.startswith("moved: nothing new: 0 new and 3 known runs")


def test_one_bad_file_stops_no_other_and_says_where_it_is_wrong(toy: Toy) -> None:
    wrong = native().replace("0.001", '"fast"')
    filled(toy.root / "out", {"1.json": native(1), "2.json": '{"schema": "dart', "3.json": wrong, "4.json": native(4)})
    report = import_results(toy.project, "out")
    assert samples(toy.project) == [1, 4]
    assert [line.partition(": ")[0] for line in report.refused] == ["out/2.json", "out/3.json"]
    assert "line 1, column 12: not JSON: Unterminated string" in report.refused[0]
    assert "measurements[0].samples[0]: found 'fast', allowed is a number" in report.refused[1]
    assert "2 REFUSED" in report.summary


def test_a_readers_own_mistake_stops_no_other_file(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_source: object) -> Any:
        raise IndexError("tuple index out of range")

    monkeypatch.setitem(FORMATS, "broken", Reader(lambda source: "boom" in source.text, broken))
    filled(toy.root / "out", {"a.txt": "boom", "b.json": native()})
    report = import_results(toy.project, "out")
    assert report.accepted == 1
    assert report.refused == (
        "out/a.txt: the reader made a mistake: IndexError('tuple index out of range'). Please report it with the file.",
    )


def test_what_holds_no_results_is_skipped_with_its_reason(toy: Toy) -> None:
    files = {
        "plot.png": "x", "README.md": "x", "notes.txt": "no results", "settings.json": '{"a": 1}',
        ".git/config": "x", "deep/.cache/x.json": native(7), "ok.json": native(),
    }  # fmt: skip
    filled(toy.root / "out", files)
    os.mkfifo(toy.root / "out" / "pipe.json")
    report = import_results(toy.project, "out")
    assert (report.accepted, report.refused) == (1, ())
    assert set(report.skipped) == {
        "out/README.md: *.md is no ending of results; name it to read it",
        "out/.git, out/deep/.cache: hidden; name it to read it",
        "out/pipe.json: no regular file",
        "out/plot.png: *.png is no ending of results; name it to read it",
        "out/notes.txt, out/settings.json: none of the known formats",
    }


@pytest.mark.parametrize(
    ("files", "skipped"),
    [
        (
            [
                "new/sample.json",
                "new/estimates.json",
                "base/sample.json",
                "base/estimates.json",
                "change/estimates.json",
            ],
            {"base/sample.json", "base/estimates.json", "change/estimates.json", "new/estimates.json"},
        ),
        (["base/sample.json", "estimates.json"], set()),
        (["benchmarks.json", "m/machine.json", "m/0a1b.json"], {"benchmarks.json", "m/machine.json"}),
        (["benchmarks.json", "other/x.json"], set()),
        (["m/machine.json", "m/benchmark.json"], set()),
    ],
)
def test_companions_are_known_by_what_stands_around_them(toy: Toy, files: list[str], skipped: set[str]) -> None:
    filled(toy.root / "out", {name: native(float(i + 1)) for i, name in enumerate(files)})
    report = import_results(toy.project, "out")
    said = "\n".join(report.skipped)
    assert {name for name in files if f"out/{name}" in said.replace(f"beside {name}", "")} >= skipped
    assert report.accepted == len(files) - len(skipped)


def test_a_link_is_not_followed_and_one_that_leads_out_is_refused(
    toy: Toy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    filled(outside, {"secret.json": native(666)})
    filled(toy.root / "out", {"a.json": native(1)})
    (toy.root / "out" / "out.json").symlink_to(outside / "secret.json")
    (toy.root / "out" / "folder").symlink_to(outside)
    (toy.root / "out" / "up").symlink_to("..")
    (toy.root / "out" / "self").symlink_to("self")
    (toy.root / "out" / "latest.json").symlink_to("a.json")
    report = import_results(toy.project, "out")
    assert samples(toy.project) == [1]
    assert {line.partition(": ")[0] for line in report.refused} == {"out/out.json", "out/folder"}
    assert all("leads out of the project: copy what it leads to" in line for line in report.refused)
    assert [line for line in report.skipped if "symbolic link, which is not followed" in line]


def test_a_file_that_becomes_a_link_while_others_are_read_is_not_followed(
    toy: Toy, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text(native(666))
    filled(toy.root / "out", {"a.json": native(1), "b.json": native(2)})

    def exchange(done: int, _total: int | None, _message: str) -> None:
        if done == 1:
            (toy.root / "out" / "b.json").unlink()
            (toy.root / "out" / "b.json").symlink_to(outside)

    report = import_results(toy.project, "out", progress=exchange)
    assert samples(toy.project) == [1]
    assert "leads out of the project" in report.refused[0]


def test_the_store_itself_is_no_result(toy: Toy) -> None:
    home = toy.root / "history"
    project = Project(toy.root, home, open_store(f"file:{home}"), who="t")
    filled(toy.root, {"a.json": native()})
    import_results(project, ".")
    again = import_results(project, ".")
    assert (again.accepted, again.known) == (0, 1)
    assert any(line.startswith("history: the store itself") for line in again.skipped)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(entries=3), "holds more than 3 entries. Import the folder with the results"),
        (Limits(files=3), "holds 4 files to read, allowed are 3. Import its folders one by one"),
        (Limits(bytes_in_all=400), "bytes to read, allowed are 400. Import its folders one by one"),
    ],
)
def test_too_much_is_refused_before_anything_is_stored(toy: Toy, limits: Limits, said: str) -> None:
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(4)})
    with pytest.raises(InvalidInput, match=said):
        import_results(toy.project, "out", limits=limits)
    assert toy.project.store.runs() == ()


def test_one_file_that_is_too_large_is_refused_alone(toy: Toy) -> None:
    filled(toy.root / "out", {"a.json": native(), "b.json": native() + " " * 1000})
    report = import_results(toy.project, "out", limits=Limits(bytes_a_file=900))
    assert report.accepted == 1
    assert report.refused == ("out/b.json: it has 1159 bytes, allowed are 900. Split it into several files.",)
    with pytest.raises(InvalidInput, match="it has 1159 bytes, allowed are 900"):
        import_results(toy.project, "out/b.json", limits=Limits(bytes_a_file=900))


@pytest.mark.parametrize("path", ["nothing", "../x", "/etc", "a\0b", "pipe"])
def test_a_path_that_is_no_file_of_the_project_is_refused(toy: Toy, path: str) -> None:
    os.mkfifo(toy.root / "pipe")
    with pytest.raises(InvalidInput):
        import_results(toy.project, path)


@pytest.mark.parametrize("ref", [None, "HEAD"])
def test_an_empty_path_is_not_taken_for_the_whole_project(toy: Toy, ref: str | None) -> None:
    filled(toy.root, {"a.json": native()})
    with pytest.raises(
        InvalidInput, match=r"the path is empty\. Give that of a file or folder of results, or '\.' for"
    ):
        import_results(toy.project, "", ref=ref)
    with pytest.raises(InvalidInput, match="the path is empty"):
        at_once(toy.project, {"path": "", "ref": None})
    assert toy.project.store.runs() == ()


def test_a_folder_that_may_not_be_read_is_no_empty_one(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(toy.root / "out", {"a.json": native(), "deep/b.json": native(2)})
    scandir = os.scandir

    def refuses(path: Path) -> object:  # as a mode does to everybody but root
        if Path(path) == closed:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuses)
    closed = toy.root / "out"
    with pytest.raises(InvalidInput, match=r"out cannot be read: Permission denied\. Mend its permissions\."):
        import_results(toy.project, "out")
    closed = toy.root / "out" / "deep"
    assert import_results(toy.project, "out").refused == ("out/deep: it cannot be read: mend its permissions",)


def test_an_unknown_format_is_refused_before_any_file_is_read(toy: Toy) -> None:
    filled(toy.root / "out", {"a.json": native()})
    with pytest.raises(InvalidInput, match=r"format 'gobench' is not known\. Known are: auto, "):
        import_results(toy.project, "out", form="gobench")


def test_asvs_folder_is_read_with_what_describes_it(toy: Toy) -> None:
    shutil.copytree(SAMPLES / "asv" / "results", toy.root / "results")
    report = import_results(toy.project, "results")
    assert report.accepted
    assert report.refused == ()
    assert any("benchmarks.json" in line and "read together with that" in line for line in report.skipped)


def test_progress_goes_from_none_to_all(toy: Toy) -> None:
    seen: list[tuple[int, int | None]] = []
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(5)} | {"bad.json": "{"})
    import_results(toy.project, "out", progress=lambda done, total, _message: seen.append((done, total)))
    assert seen == [(i, 6) for i in range(7)]


def test_whole_files_are_stored_in_batches(toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_tally, "BATCH", 2)
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(5)})
    stored: list[int] = []
    import_results(toy.project, "out", progress=lambda *_: stored.append(len(toy.project.store.runs())))
    assert stored == [0, 0, 2, 2, 4, 5]


def test_an_import_that_is_interrupted_says_what_is_stored_and_goes_on_the_next_time(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_tally, "BATCH", 2)
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(5)})

    def interrupt(done: int, _total: int | None, _message: str) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        import_results(toy.project, "out", progress=interrupt)
    assert caught.value.__notes__ == [
        "2 of 5 files were stored before (2 new runs): import again to go on, nothing comes twice."
    ]
    assert samples(toy.project) == [1, 2]
    report = import_results(toy.project, "out")
    assert (report.accepted, report.known) == (3, 2)
    assert toy.project.store.validate().sound


CONTENT = st.one_of(
    st.integers(1, 5).map(lambda i: native(float(i))),
    st.integers(1, 5).map(lambda i: native(float(i), commit=f"{i:040x}")),
    st.sampled_from(["", "{", "no results", '{"schema": "dart-perf/results/1"}', '{"a": 1}', "\0"]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=st.dictionaries(st.sampled_from([f"{i}.json" for i in range(8)]), CONTENT, min_size=1), seed=st.integers())
def test_the_order_of_a_folders_files_changes_nothing_but_the_order(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, str], seed: int
) -> None:
    root = tmp_path_factory.mktemp("p").resolve()
    whole, single = (Project(root, root / h, open_store(f"file:{root / h}")) for h in (".a", ".b"))
    names = list(files)
    random.Random(seed).shuffle(names)
    filled(root / "out", {name: files[name] for name in names})
    report = import_results(whole, "out")
    apart: list[ImportReport] = []
    refused = 0
    for name in names:
        try:
            apart.append(import_results(single, f"out/{name}"))
        except PerfError:
            refused += 1
    assert {run.id for run in whole.store.runs()} == {run.id for run in single.store.runs()}
    assert report.accepted == sum(one.accepted for one in apart) == len(whole.store.runs())
    skipped = sum(1 for text in files.values() if text in {"no results", '{"a": 1}'})
    assert refused == len(report.refused) + skipped
    again = import_results(whole, "out")
    assert (again.accepted, again.known, again.refused) == (0, report.accepted + report.known, report.refused)


@pytest.mark.parametrize("names", [["run-2", "run-10"], ["2/a", "10/a"], ["a", "b"], ["1", "1a"], ["a1b2", "a1b10"]])
def test_names_are_ordered_as_people_number_them(names: list[str]) -> None:
    assert sorted(set(names), key=in_order) == names


@pytest.mark.parametrize("file", sorted(p.name for p in SAMPLES.iterdir() if p.suffix in {".json", ".xml", ".js"}))
def test_a_sample_of_each_format_is_imported_once_whatever_it_is_called(toy: Toy, file: str) -> None:
    for name in ("one", "two"):
        (toy.root / name).mkdir()
        shutil.copy(SAMPLES / file, toy.root / name / file)
    report = import_results(toy.project, ".")
    assert report.known == report.accepted
    assert report.accepted + len(report.refused) + len(report.skipped)
    assert toy.project.store.validate().sound


def test_a_history_of_several_commits_is_no_side_of_a_comparison(toy: Toy) -> None:
    filled(toy.root, {"one.json": native(commit="a" * 40)})
    shutil.copy(SAMPLES / "dart_perf_record.json", toy.root / "both.json")
    for results, baseline in (("one.json", "both.json"), ("both.json", "one.json")):
        with pytest.raises(
            InvalidInput,
            match=r"both\.json holds results of 2 commits .* Import it with import_results, .* then give",
        ):
            detect(toy.project, results, baseline)
    with pytest.raises(InvalidInput, match="holds results of 2 commits"):
        baselines.update(toy.project, "from_results", why="x", scenario="other", results="both.json")
    parent, head = import_results(toy.project, "both.json").runs
    assert detect(toy.project, head, parent).status
