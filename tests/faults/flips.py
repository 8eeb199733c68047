# ruff: noqa: T201 -- what it prints is read by who started it
"""Flip random bits in a store and ask it everything: `python -m tests.faults.flips FOLDER --flips 5000 --seed 1`.

A flip is accepted where some answer differs from that of the untouched store and no error says so. It is refused where
an error or a finding does, and harmless where every answer is as it was, because what was hit is derived, is room, or
says nothing. Every file of a store is hit but for `.gitignore` and `.gitattributes`, which the store never reads.
"""

import argparse
import hashlib
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from dart_perf.errors import PerfError
from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.environment import Environment
from dart_perf.model.job import Job
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Metric, Run
from dart_perf.model.scenario import Program
from dart_perf.store import open_store
from dart_perf.store.contract import Store
from dart_perf.store.run_segment import OFTEN

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATA = b"print('hello')\n"
SHA256 = hashlib.sha256(DATA).hexdigest()
CPU = Metric(name="cpu_time", unit="s", better="lower")
ENVIRONMENT = Environment(cpu_model="Test CPU", cores=4, os="linux", architecture="x86_64")
KEY = ("robot", "linux-x86_64")
IGNORED = {".gitignore", ".gitattributes"}


def a_run(number: int) -> Run:
    measurements = tuple(
        Measurement(benchmark=Benchmark(name=f"step {i}"), metric=CPU, samples=(1.0 + number, 0.5), processes=(0, 1))
        for i in range(2)
    )
    guards = (Guard(name="contacts", value=12),)
    return Run(producer="t", commit=f"{number:040x}", environment=ENVIRONMENT, measurements=measurements, guards=guards)


def fill(folder: Path) -> Store:
    """Return a store that has files of every kind: several segments, histories, room, and all that baselines need."""
    with patch("dart_perf.store.runs.SEGMENT_BYTES", 2500), patch("dart_perf.store.history.SEGMENT_BYTES", 900):
        store = open_store(f"file:{folder}")
        store.append_runs([a_run(n) for n in range(14)], position={f"{n:040x}": n for n in range(14)})
    for number in range(14, 16 + OFTEN):
        store.append_runs([a_run(number)], position=number)
    program = Program(argv=("python", "a.py"), files={"a.py": SHA256})
    baseline = Baseline(
        scenario=KEY[0], platform=KEY[1], version="1.0", created=NOON, created_by="ann", reason="r",
        runs=(a_run(1),), program=program,
    )  # fmt: skip
    for action in (Action.CAPTURED, Action.PROMOTED):
        event = BaselineEvent(action=action, baseline=baseline.id, who="ann", when=NOON, why="so")
        if action is Action.CAPTURED:
            store.add_baseline(baseline, event, {SHA256: DATA})
        else:
            store.log_event(event)
    job = Job(id=f"job-{1:016x}", kind="compare", key="k", request={"margin": 0.1}, created=NOON, updated=NOON)
    store.put_job(job)
    return store


QUESTIONS: dict[str, tuple[Callable[[Store], object], ...]] = {
    "runs": (lambda s: s.runs(), lambda s: s.series(), lambda s: [s.points(e.id) for e in s.series()]),
    "baselines": (
        lambda s: s.baselines(KEY[0]), lambda s: s.events(*KEY), lambda s: s.baseline(KEY[0]),
        lambda s: s.sealed(KEY[0]), lambda s: (s.baselines(), s.damage()),
    ),
    "programs": (lambda s: s.content(SHA256),),
    "jobs": (lambda s: s.job(f"job-{1:016x}"),),
}  # fmt: skip
KINDS = {"history": "runs", "counts": "baselines"}


def asked(file: str) -> tuple[Callable[[Store], object], ...]:
    """Return the questions whose answers a file may change; all, where it is none of a part."""
    part = file.split("/", maxsplit=1)[0]
    found = QUESTIONS.get(KINDS.get(part, part))
    return found or tuple(question for questions in QUESTIONS.values() for question in questions)


def flip(folder: Path, file: str, bit: int, expected: dict[Callable[[Store], object], object]) -> str:
    """Return what became of one flipped bit; the file is as it was afterwards."""
    path = folder / file
    data = path.read_bytes()
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    found = "harmless"
    try:
        store = open_store(f"file:{folder}")
        for question in asked(file):
            try:
                answer = question(store)
            except PerfError:
                found = "refused"
            else:
                if answer != expected[question] and not store.damage():
                    return "accepted"
    except PerfError:
        found = "refused"
    finally:
        path.write_bytes(data)
    return found


def run(folder: Path, flips: int, rng: random.Random) -> dict[str, Counter[str]]:
    """Return how many flips of each part of the store were refused, harmless and accepted."""
    store = fill(folder)
    expected = {question: question(store) for questions in QUESTIONS.values() for question in questions}
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in IGNORED)
    files = [path.relative_to(folder).as_posix() for path in paths if path.stat().st_size]
    count: dict[str, Counter[str]] = {}
    for _ in range(flips):
        file = rng.choice(files)
        size = (folder / file).stat().st_size
        bit = rng.randrange(8 * min(size, 12_000))  # of the room, its beginning stands for all
        kind = file.split("/")[0] if not file.endswith(".index.json") else "runs/*.index.json"
        count.setdefault(kind, Counter())[flip(folder, file, bit, expected)] += 1
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--flips", type=int, default=1000, choices=range(1, 1_000_001), metavar="1..1000000")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(json.dumps(run(arguments.folder, arguments.flips, random.Random(arguments.seed))))


if __name__ == "__main__":
    main()
