"""Two real servers read while eight writers write for twenty seconds."""

from pathlib import Path

from tests.faults.harness import run_all


def test_two_servers_and_eight_writers_lose_nothing_and_starve_nobody(tmp_path: Path) -> None:
    (found,) = run_all(["crowd", str(tmp_path), "--seconds", "20", "--writers", "8"])
    assert (found["lost"], found["findings"], found["errors"]) == (0, [], [])
    fewest, most = found["fewest_and_most_of_a_writer"]
    assert fewest * 3 > most
    assert all(read["n"] > 0 for read in found["read"].values())
