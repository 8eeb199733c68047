"""A hundred kills of two concurrent writers lose nothing; the naive ways, in the same harness, do."""

from pathlib import Path

import pytest

from tests.faults.harness import run_all


def test_a_hundred_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    calls = [["kills", str(tmp_path / seed), "--rounds", "25", "--seed", seed] for seed in ("1", "2")]
    found = run_all(*calls)
    assert sum(count["kills"] for count in found) == 100
    assert sum(count["acknowledged"] for count in found) > 500
    assert [(count["lost"], count["unreadable"]) for count in found] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(("way", "failure"), [("naive", "unreadable"), ("rename", "lost")])
def test_the_naive_ways_fail_in_the_same_harness(tmp_path: Path, way: str, failure: str) -> None:
    (count,) = run_all(["kills", str(tmp_path / "records"), "--way", way, "--rounds", "40"])
    assert count[failure] > 0
