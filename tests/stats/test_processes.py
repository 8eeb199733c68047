"""One process a side: its samples cannot say what processes differ by."""

import numpy as np
import pytest

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.compare import compare, estimate
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.exact import compare_exact, estimate_exact
from dart_perf.stats.processes import PROCESS_LEAST
from dart_perf.stats.samples import Floats

RNG = np.random.default_rng(5)


def samples(spread: float, n: int = 6) -> Floats:
    """Return samples whose logs spread by exactly `spread`."""
    drawn = RNG.normal(size=n)
    whole: Floats = np.exp(spread * (drawn - drawn.mean()) / drawn.std(ddof=1))
    return whole


def made(before: Floats, after: Floats, processes: tuple[int, int] | None) -> Estimate:
    item = estimate(before, after, processes=processes)
    assert isinstance(item, Estimate)
    return item


@pytest.mark.parametrize("margin", [0.05, 0.2])
@pytest.mark.parametrize("spread", [0.005, 0.03, 0.05])
def test_a_doubling_of_a_steady_program_is_called_from_one_process_a_side(spread: float, margin: float) -> None:
    said = compare(samples(spread), 2 * samples(spread), margin=margin, processes=(1, 1))
    assert said.status is Status.REGRESSION_DETECTED
    assert compare(samples(spread), samples(spread) / 2, margin=margin, processes=(1, 1)).status is (
        Status.IMPROVEMENT_DETECTED
    )


def test_the_less_steady_side_says_what_processes_differ_by() -> None:
    quiet, mixed, noisy = (
        made(samples(a), samples(b), (1, 1)).standard_error for a, b in ((0.01, 0.01), (0.01, 0.2), (0.2, 0.2))
    )
    assert quiet == pytest.approx(2 * PROCESS_LEAST, rel=0.05)  # two processes and two sessions of 5 %
    assert mixed == pytest.approx(noisy, rel=0.05)
    assert noisy > 4 * quiet


def test_few_samples_that_agree_are_believed_less() -> None:
    three, twenty = (made(samples(0.1, n), samples(0.1, n), (1, 1)).spread for n in (3, 20))
    assert three > 1.5 * twenty


def test_values_that_are_processes_carry_nothing() -> None:
    a, b = samples(0.1), samples(0.1)
    assert made(a, b, (6, 6)) == made(a, b, None)


def test_processes_and_not_samples_are_the_runs_that_are_planned() -> None:
    item = made(samples(0.1), samples(0.1), (1, 1))
    assert (item.n_baseline, item.n_current) == (1, 1)
    assert item.with_runs(4).sampling_error == pytest.approx(item.spread / 2)


def test_counts_that_do_not_repeat_differ_by_what_counts_differ() -> None:
    before, after = [100000.0, 100010.0, 100005.0], [100020.0, 100030.0, 100010.0]
    item = estimate_exact(before, after, processes=(1, 1))
    assert not isinstance(item, Judgement)
    assert item.standard_error < 0.002
    assert compare_exact(before, after).status is Status.NORMAL
