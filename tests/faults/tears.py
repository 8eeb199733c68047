# ruff: noqa: T201 -- what it prints is read by who started it
"""Cut files off at every byte and ask the store everything: `python -m tests.faults.tears FOLDER --runs 3`.

A run log that ends early must have the runs of its whole lines, take the next append and be sound then. Any other file
that is cut must be refused, or be derived, so that every answer is as it was.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

from dart_perf.errors import PerfError
from dart_perf.store import open_store
from tests.faults.flips import IGNORED, asked, fill
from tests.store.conftest import _run as a_run


def tear_runs(folder: Path, runs: int) -> Counter[str]:
    """Return what became of every cut of a segment with so many runs."""
    count: Counter[str] = Counter()
    open_store(f"file:{folder}").append_runs([a_run(n) for n in range(runs)])
    path = folder / "runs/000001.jsonl"
    data = path.read_bytes()
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        store = open_store(f"file:{folder}")
        whole = data[:cut].count(b"\n")
        right = store.runs() == tuple(a_run(n) for n in range(whole))
        added = store.append_runs([a_run(runs)]) == (1, 0)
        fresh = open_store(f"file:{folder}")
        again = fresh.runs() == (*(a_run(n) for n in range(whole)), a_run(runs)) and fresh.validate().sound
        count["torn" if right and added and again else "accepted"] += 1
    path.write_bytes(data)
    return count


def tear_others(folder: Path, every: int) -> Counter[str]:
    """Return what became of every `every`-th cut of every other file of a store that has all kinds."""
    count: Counter[str] = Counter()
    held = fill(folder)
    open_segment = max((folder / "runs").glob("??????.jsonl"))
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name not in IGNORED and path != open_segment]
    for path in sorted(paths):
        data, questions = path.read_bytes(), asked(path.relative_to(folder).as_posix())
        expected = {question: question(held) for question in questions}
        for cut in range(0, len(data), every):
            path.write_bytes(data[:cut])
            count["harmless"] += 1
            try:
                store = open_store(f"file:{folder}")
                wrong = [q for q in questions if q(store) != expected[q]]
                if wrong and not store.damage() and store.validate().sound:
                    count["accepted"] += 1
                    count["harmless"] -= 1
            except PerfError:
                count["refused"] += 1
                count["harmless"] -= 1
        path.write_bytes(data)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3, choices=range(1, 1001), metavar="1..1000")
    parser.add_argument("--every", type=int, default=1, choices=range(1, 1001), metavar="1..1000", help="bytes a cut")
    arguments = parser.parse_args()
    torn = tear_runs(arguments.folder / "runs", arguments.runs)
    others = tear_others(arguments.folder / "others", arguments.every)
    print(json.dumps({"open segment of runs": torn, "every other file": others}))


if __name__ == "__main__":
    main()
