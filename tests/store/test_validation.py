"""Validation names every kind of damage, and shows where platforms disagree."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import Corrupted
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.job import Job
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Metric, Run
from dart_perf.model.scenario import Program
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.segment import frame, scan

COUNT = Metric(name="instructions", unit="1", better="lower", assumption="exact")
DATA = b"print(1)\n"
SHA256 = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def full(
    store: Store, a_run: Callable[..., Run], a_baseline: Callable[..., Baseline], a_job: Callable[..., Job],
    capture: Callable[..., str],
) -> Store:  # fmt: skip
    program = Program(argv=("x",), files={"a.py": SHA256})
    baseline = a_baseline(program=program)
    store.append_runs([*baseline.runs, a_run(1), a_run(2)])
    capture(store, baseline, {SHA256: DATA})
    store.put_job(a_job(1))
    return store


def test_a_sound_store_says_what_it_holds(full: Store) -> None:
    found = full.validate()
    assert found.summary == "sound: 1 baselines, 3 runs and 3 points hold"
    assert (found.sound, found.findings, found.warnings) == (True, (), ())


def test_an_empty_store_is_sound(store: Store, folder: Path) -> None:
    assert store.validate().summary == f"sound: nothing is stored in {folder} yet"
    assert not folder.exists()


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(old, new, 1)


def relabel(data: bytes) -> bytes:
    """Change a run and its checksum, as a careful forger would."""
    (first, *rest) = scan(data, Path("x")).lines
    forged = first.record | {"run": first.record["run"] | {"producer": "forged"}}
    return frame(forged) + b"".join(frame(line.record) for line in rest)


def drop_first(data: bytes) -> bytes:
    return data[data.index(b"\n") + 1 :]


@pytest.mark.parametrize(
    ("file", "change", "offset", "problem"),
    [
        ("store.json", swap(b"dart-perf-store", b"dart-perf-stone"), 0, "not a sealed dart-perf-store"),
        ("baselines/*/*/1.0.*.json", swap(b"release", b"revenge"), 15, "digest it was sealed with"),
        ("baselines/*/*/1.0.*.json", swap(b"{\n", b"{ \n"), 1, "not laid out"),
        ("baselines/*/*/1.0.*.json", swap(b"release", b"r\\u0065lease"), "escape", "not laid out"),
        ("baselines/*/*/log.jsonl", swap(b'"ann"', b'"bob"'), 0, "checksum"),
        ("baselines/*/*/1.0.*.json", None, None, "missing, but the log names it"),
        (f"programs/{SHA256}", swap(b"1", b"2"), 0, "has not the SHA-256 of its name"),
        (f"programs/{SHA256}", None, None, "file 'a.py' of robot/linux-x86_64/1.0/"),
        ("runs/000001.jsonl", swap(b'"sequence":1', b'"sequence":7'), "second line", "checksum"),
        ("runs/000001.jsonl", relabel, 0, "the id is not that of the run"),
        ("runs/000001.jsonl", drop_first, 0, "sequence 1 instead of 0"),
        ("jobs/*.json", swap(b"compare", b"capture"), 15, "digest it was sealed with"),
        ("jobs/*.json", swap(b"{", b"["), "not json", "not JSON"),
    ],
)
def test_damage_is_named_with_file_and_first_bad_byte(
    full: Store, folder: Path, file: str, change: Callable[[bytes], bytes] | None, offset: object, problem: str
) -> None:
    (path,) = folder.glob(file)
    data = path.read_bytes()
    path.unlink() if change is None else path.write_bytes(change(data))
    found = full.validate()
    finding = found.findings[0]
    assert not found.sound
    count = len(found.findings)
    counted = f"{count} finding" if count == 1 else f"{count} findings"
    assert found.summary.startswith(f"damaged: {counted}, the first in {finding.file}")
    assert finding.file == path.relative_to(folder).as_posix()
    assert problem in finding.problem
    expected = {"second line": data.index(b"\n") + 1, "not json": finding.offset} | {
        "escape": data.find(b"release") + 1
    }
    assert finding.offset == expected.get(str(offset), offset)


def test_an_event_of_a_baseline_that_was_not_captured_is_named(
    full: Store, folder: Path, an_event: Callable[..., BaselineEvent]
) -> None:
    (log,) = folder.glob("baselines/*/*/log.jsonl")
    stray = an_event(Action.PROMOTED, "robot/linux-x86_64/9.9/00000000").model_dump(mode="json")
    log.write_bytes(log.read_bytes() + frame(stray | {"sequence": 1}))
    (finding,) = full.validate().findings
    assert "robot/linux-x86_64/9.9/00000000 was promoted but not captured before" in finding.problem


@pytest.mark.parametrize(
    "record",
    [{}, {"run": {}}, {"run": 7, "run_id": "x", "sequence": 0, "series": [], "position": None}, {"sequence": "a"}],
)
def test_a_line_that_holds_but_is_no_run_is_named(
    store: Store, folder: Path, a_run: Callable[..., Run], record: dict[str, object]
) -> None:
    store.append_runs([a_run(1)])
    log = folder / "runs/000001.jsonl"
    offset = log.stat().st_size
    log.write_bytes(log.read_bytes() + frame(record) + frame(record))
    findings = open_store(f"file:{folder}").validate().findings
    assert [(f.file, f.offset, f.problem[:6]) for f in findings[:1]] == [("runs/000001.jsonl", offset, "no run")]
    with pytest.raises(Corrupted, match=f"byte {offset}: no run"):
        open_store(f"file:{folder}").runs()


@pytest.mark.usefixtures("small_segments")
def test_validation_says_how_far_it_is(store: Store, a_run: Callable[..., Run]) -> None:
    store.append_runs([a_run(n) for n in range(9)])
    told: list[tuple[int, int | None, str]] = []
    store.validate(lambda *step: told.append(step))
    assert [done for done, _, _ in told] == list(range(len(told)))
    assert {total for _, total, _ in told} == {len(told)}
    assert (told[0][2], told[-1][2]) == ("proving the runs", "proving the history")


@pytest.mark.usefixtures("small_segments")
def test_a_missing_segment_is_named(store: Store, folder: Path, a_run: Callable[..., Run]) -> None:
    store.append_runs([a_run(n) for n in range(9)])
    (folder / "runs/000002.jsonl").unlink()
    findings = store.validate().findings
    assert [f.file for f in findings] == ["runs/000003.jsonl"]
    assert "segment 000002 before it is missing" in findings[0].problem


def test_the_matrix_shows_where_platforms_disagree(
    store: Store, a_run: Callable[..., Run], a_baseline: Callable[..., Baseline], capture: Callable[..., str],
    an_event: Callable[..., BaselineEvent],
) -> None:  # fmt: skip
    def measured(contacts: float, count: float, tolerance: float = 0.0) -> tuple[Run, ...]:
        exact = Measurement(benchmark=Benchmark(name="step"), metric=COUNT, samples=(count, count))
        guard = Guard(name="contacts", value=contacts, tolerance=tolerance)
        return (a_run(measurements=(exact,), guards=(guard,)),)

    first = capture(store, a_baseline(runs=measured(12, 100)))
    store.log_event(an_event(Action.PROMOTED, first))
    capture(store, a_baseline(platform="macos-arm64", runs=measured(13, 101)))
    capture(store, a_baseline(platform="windows-x86_64", runs=measured(12.0001, 100, tolerance=1e-3)))
    capture(store, a_baseline("2.0", runs=measured(99, 99)))
    cells = {(c.version, c.platform): c for c in store.validate().matrix}
    assert cells["1.0", "linux-x86_64"].state == "current"
    assert cells["1.0", "linux-x86_64"].disagreements == (
        "guard contacts: 12 here, 13 on macos-arm64",
        "step instructions: 100 here, 101 on macos-arm64",
    )
    assert cells["1.0", "windows-x86_64"].disagreements == (
        "guard contacts: 12.0001 here, 13 on macos-arm64",
        "step instructions: 100 here, 101 on macos-arm64",
    )
    assert cells["2.0", "linux-x86_64"].disagreements == ()
    assert len(cells) == 4


def test_the_current_baseline_stands_for_its_cell_although_newer_ones_were_captured(
    store: Store, a_baseline: Callable[..., Baseline], capture: Callable[..., str],
    an_event: Callable[..., BaselineEvent],
) -> None:  # fmt: skip
    first, second, third = (capture(store, a_baseline(reason=reason)) for reason in ("a", "b", "c"))
    assert [(cell.baseline, cell.state) for cell in store.validate().matrix] == [(third, "candidate")]
    store.log_event(an_event(Action.PROMOTED, second))
    assert [(cell.baseline, cell.state) for cell in store.validate().matrix] == [(second, "current")]
    store.log_event(an_event(Action.PROMOTED, first))
    assert [(cell.baseline, cell.state) for cell in store.validate().matrix] == [(first, "current")]


def test_a_withdrawn_baseline_does_not_stand_for_its_cell(
    store: Store, a_baseline: Callable[..., Baseline], capture: Callable[..., str],
    an_event: Callable[..., BaselineEvent],
) -> None:  # fmt: skip
    first, second = capture(store, a_baseline()), capture(store, a_baseline(reason="again"))
    store.log_event(an_event(Action.WITHDRAWN, second))
    assert [cell.baseline for cell in store.validate().matrix] == [first]
