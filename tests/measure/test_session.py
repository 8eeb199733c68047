"""Processes in blocks: order drawn at random, sides interleaved, nothing run after a failure or a cancelled call."""

import random
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, MeasurementFailed
from dart_perf.measure.launch import Cancelled
from dart_perf.measure.process import environment_for
from dart_perf.measure.session import MOST_BLOCKS, Measured, Side, measure

Python = Callable[[str], tuple[str, ...]]
NOTE = "import os, sys; open('log', 'a').write(sys.argv[1]); print(os.environ['PYTHONHASHSEED'])"


@pytest.fixture
def sides(tmp_path: Path, python: Python) -> list[Side]:
    return [Side(name, (*python(NOTE), name), tmp_path, environment_for(), 60.0) for name in "ab"]


@pytest.fixture
def session(clock: Callable[[], datetime]) -> Callable[..., list[Measured]]:
    def call(sides: list[Side], blocks: int, seed: int = 0, **more: object) -> list[Measured]:
        return measure(sides, blocks=blocks, rng=random.Random(seed), clock=clock, session="now", **more)  # type: ignore[arg-type]

    return call


def log(sides: list[Side]) -> str:
    return (sides[0].cwd / "log").read_text(encoding="utf-8")


def test_every_block_runs_each_side_once_after_one_process_a_side_for_the_cache(
    session: Callable[..., list[Measured]], sides: list[Side]
) -> None:
    done = session(sides, 6)
    ran = log(sides)
    assert ran[:2] == "ab"
    assert [set(ran[i : i + 2]) for i in range(2, 14, 2)] == [{"a", "b"}] * 6
    assert "".join("ab"[m.side] for m in done) == ran[2:]


def test_the_order_inside_blocks_is_drawn_from_the_generator(
    session: Callable[..., list[Measured]], sides: list[Side]
) -> None:
    orders = [tuple(m.side for m in session(sides, 6, seed)) for seed in (1, 1, 2)]
    assert orders[0] == orders[1]
    assert orders[0] != orders[2]
    firsts = {order[i] for order in orders for i in range(0, 12, 2)}
    assert firsts == {0, 1}


def test_processes_say_block_position_and_session(session: Callable[..., list[Measured]], sides: list[Side]) -> None:
    done = session(sides, 2, first_block=5)
    assert [(m.process.block, m.process.index, m.process.position) for m in done] == [
        (5, 5, 0), (5, 5, 1), (6, 6, 0), (6, 6, 1)
    ]  # fmt: skip
    assert {m.process.session for m in done} == {"now"}
    assert all(m.process.wall_seconds == m.output.wall_seconds > 0 for m in done)


def test_both_sides_of_a_block_share_a_hash_seed_that_differs_between_blocks(
    session: Callable[..., list[Measured]], sides: list[Side]
) -> None:
    seeds: dict[int, set[bytes]] = {}
    for m in session(sides, 4):
        seeds.setdefault(m.process.block, set()).add(m.output.stdout)
    assert all(len(block) == 1 for block in seeds.values())
    assert len(set.union(*seeds.values())) == 4


def test_one_side_is_measured_alone(session: Callable[..., list[Measured]], sides: list[Side]) -> None:
    assert [m.side for m in session(sides[:1], 3)] == [0, 0, 0]


def test_progress_is_told_before_every_process_and_at_the_end(
    session: Callable[..., list[Measured]], sides: list[Side]
) -> None:
    told: list[tuple[int, int, str]] = []
    session(sides, 2, progress=lambda *step: told.append(step))
    assert [(done, total) for done, total, _ in told] == [(i, 6) for i in range(7)]
    assert "thrown away" in told[0][2]
    assert "block 2 of 2" in told[4][2]


def test_a_cancelled_session_runs_nothing_more(session: Callable[..., list[Measured]], sides: list[Side]) -> None:
    with pytest.raises(Cancelled):
        session(sides, 5, cancelled=(sides[0].cwd / "log").exists)
    assert log(sides) == "a"


def test_a_failing_side_fails_the_session(
    session: Callable[..., list[Measured]], sides: list[Side], python: Python, tmp_path: Path
) -> None:
    broken = Side("broken", python("raise SystemExit(9)"), tmp_path, environment_for(), 60.0)
    with pytest.raises(MeasurementFailed, match="exit status 9"):
        session([sides[0], broken], 5)
    assert log(sides) == "a"


@pytest.mark.parametrize(("count", "blocks"), [(0, 1), (3, 1), (1, 0), (1, MOST_BLOCKS + 1)])
def test_a_session_is_bounded(
    session: Callable[..., list[Measured]], sides: list[Side], count: int, blocks: int
) -> None:
    with pytest.raises(InvalidInput, match="give 1 or 2 sides"):
        session((sides * 2)[:count], blocks)
