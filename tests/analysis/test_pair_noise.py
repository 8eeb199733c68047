"""What a plan of pairs stands on: recorded differences that hold no change."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from dart_perf.analysis.pair_noise import pair_noise
from dart_perf.model.measurement import Process, Run
from dart_perf.model.verification import FloorPair
from tests.analysis.runs import run

WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def side(*cpu: float, session: str = "s1") -> Run:
    processes = tuple(
        Process(
            index=i, session=session, block=i, position=0, started=WHEN + timedelta(seconds=i),
            wall_seconds=2 * seconds, cpu_seconds=seconds, peak_rss_bytes=1,
        )
        for i, seconds in enumerate(cpu)
    )  # fmt: skip
    return run().model_copy(update={"processes": processes})


def logs(*ratios: float) -> object:
    return pytest.approx([math.log(ratio) for ratio in ratios])


def test_processes_next_to_each_other_on_one_side_are_pairs_without_a_change() -> None:
    noise = pair_noise([side(1.0, 2.0, 1.0)], [], [], "cpu")
    assert noise is not None
    assert list(noise.differences) == logs(2.0, 0.5)
    assert noise.seconds == pytest.approx(2 * 2 * 4 / 3)


def test_processes_of_different_sessions_are_no_pair() -> None:
    both = side(1.0, 3.0)
    first, second = both.processes
    apart = both.model_copy(update={"processes": (first, second.model_copy(update={"session": "s2"}))})
    assert pair_noise([apart], [], [], "cpu") is None


def test_a_change_between_recorded_pairs_is_taken_out() -> None:
    pair = side(1.0, 1.0, 1.0), side(2.0, 2.2, 1.8)
    noise = pair_noise([side(1.0)], [pair], [], "cpu")
    assert noise is not None
    assert list(noise.differences) == logs(1.0, 1.1, 0.9)


def test_enough_pairs_of_the_program_against_itself_are_taken_alone() -> None:
    floor = [FloorPair(when=WHEN, cpu=(1.0, 1.1), wall=(2.0, 3.0))] * 10
    for time, ratio in (("cpu", 1.1), ("wall", 1.5)):
        noise = pair_noise([side(1.0, 2.0)], [], floor, time)  # type: ignore[arg-type]
        assert noise is not None
        assert list(noise.differences) == logs(*[ratio] * 10)
        assert noise.seconds == pytest.approx(5.0)
    few = pair_noise([side(1.0, 2.0)], [], floor[:9], "cpu")
    assert few is not None
    assert list(few.differences) == logs(2.0)


def test_results_without_processes_have_no_noise_of_pairs() -> None:
    assert pair_noise([run()], [], [], "cpu") is None
