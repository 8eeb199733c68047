"""Flipped bits and torn files: whatever is hit, every answer is as it was, or an error says why not."""

from collections import Counter
from pathlib import Path

from tests.faults.harness import run_all

KINDS = {"baselines", "counts", "history", "jobs", "programs", "runs", "runs/*.index.json", "store.json"}


def test_ten_thousand_flipped_bits_change_no_answer(tmp_path: Path) -> None:
    calls = [["flips", str(tmp_path / seed), "--flips", "5000", "--seed", seed] for seed in ("1", "2")]
    kinds: dict[str, Counter[str]] = {}
    for found in run_all(*calls):
        for kind, count in found.items():
            kinds.setdefault(kind, Counter()).update(count)
    assert kinds.keys() == KINDS
    assert sum(count.total() for count in kinds.values()) == 10_000
    assert {kind: count["accepted"] for kind, count in kinds.items()} == dict.fromkeys(KINDS, 0)
    sealed = KINDS - {"runs", "history", "runs/*.index.json"}  # of runs the room, of derived files all is harmless
    assert {kind: count["harmless"] for kind, count in kinds.items() if kind in sealed} == dict.fromkeys(sealed, 0)


def test_a_tear_at_every_byte_of_a_segment_loses_the_torn_run_alone(tmp_path: Path) -> None:
    (found,) = run_all(["tears", str(tmp_path), "--runs", "2", "--every", "29"])
    assert found["open segment of runs"].keys() == {"torn"}
    assert found["open segment of runs"]["torn"] > 800
    assert found["every other file"].keys() == {"harmless", "refused"}
