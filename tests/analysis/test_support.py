"""What the data cannot support is not claimed: pairs, blocks, guards, units, repetitions and environments."""

import random
from collections.abc import Sequence
from datetime import timedelta

from dart_perf.analysis.comparison import compare_runs
from dart_perf.model.judgement import Status
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Run
from tests.analysis.runs import CPU, GUARD, HERE, QUESTION, RATE, compared, measured, run


def repeated(repetitions: Sequence[float], *, seed: int = 1, spread: float = 0.003) -> Measurement:
    """Return twelve processes with these repetitions, each with a little noise."""
    rng = random.Random(seed)
    samples = tuple(level * rng.gauss(1.0, spread) for _ in range(12) for level in repetitions)
    processes = tuple(process for process in range(12) for _ in repetitions)
    return Measurement(benchmark=Benchmark(name="step"), metric=CPU, samples=samples, processes=processes)


def over_twelve(measurement: Measurement, *, session: str = "s1") -> Run:
    whole = run(measured(CPU, 1.0), session=session)
    return whole.model_copy(update={"measurements": (measurement,)})


def test_what_the_fastest_repetition_clears_is_held_back_where_the_typical_one_is_slower() -> None:
    before, after = over_twelve(repeated([1.0] * 10)), over_twelve(repeated([2.0] * 9 + [1.0], seed=2))
    comparison = compared(before, after)
    assert comparison.status is Status.INCONCLUSIVE
    assert "the median one is: 2" in str(comparison.series[0].judgement.warnings)


def test_more_repetitions_a_process_are_not_faster() -> None:
    before = over_twelve(repeated([1.0] * 30, spread=0.15))
    after = over_twelve(repeated([1.0] * 3, seed=2, spread=0.15))
    for one, other in ((before, after), (after, before)):
        comparison = compared(one, other)
        assert comparison.status in {Status.INCONCLUSIVE, Status.NORMAL}
        assert "only the first 3 of each count" in str(comparison.series[0].judgement.warnings)


def test_a_name_of_a_session_alone_pairs_nothing() -> None:
    before, after = run(measured(CPU, 1e-3)), run(measured(CPU, 1.1e-3, seed=2))
    later = tuple(p.model_copy(update={"started": p.started + timedelta(days=30)}) for p in after.processes)
    apart = compared(before, after.model_copy(update={"processes": later}))
    assert (apart.design, apart.status) == ("then-and-now", Status.INCONCLUSIVE)


def test_blocks_that_lack_a_value_are_counted_and_many_of_them_leave_nothing_to_judge() -> None:
    before = run(measured(CPU, 1e-3))
    for kept, status in ((11, Status.NORMAL), (5, Status.INSUFFICIENT_DATA)):
        after = run(measured(CPU, 1e-3, seed=2, n=kept))
        comparison = compared(before, after.model_copy(update={"processes": before.processes}))
        assert comparison.status is status
        said = f"{12 - kept} of 12 blocks have no value on one side"
        assert said in str(comparison.series[0].judgement.warnings)


def test_a_guard_that_changed_in_one_process_alone_has_changed() -> None:
    before = run(measured(CPU, 1e-3), guards=(GUARD,))
    after = run(measured(CPU, 5e-4), guards=(GUARD, Guard(name="contacts", value=0)))
    comparison = compared(before, after)
    assert (comparison.status, comparison.guards) == (Status.BEHAVIOUR_CHANGED, ("contacts: 12 -> 12, 0",))


def test_a_later_run_in_another_unit_is_not_overlooked() -> None:
    count = RATE.model_copy(update={"unit": "1", "better": "lower"})
    after = [run(measured(metric, 1000.0), session=metric.unit) for metric in (RATE, count)]
    comparison = compare_runs(QUESTION, [run(measured(RATE, 1000.0))], after)
    assert comparison.status is Status.INCOMPARABLE
    assert "items is in 1, lower is better, none in the current runs" in comparison.summary


def test_a_library_or_build_type_that_one_side_alone_states_is_said() -> None:
    debug = HERE.model_copy(update={"build_type": "debug", "libraries": {"numpy": "2.0"}})
    comparison = compared(run(measured(CPU, 1e-3)), run(measured(CPU, 1e-3, seed=2), environment=debug, session="s2"))
    assert "build_type, library numpy not stated" in str(comparison.warnings)
