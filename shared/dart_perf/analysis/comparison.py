"""Runs against a baseline's runs: one verdict over a family of series."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from dart_perf.analysis import guards, reduction
from dart_perf.analysis.advice import next_step
from dart_perf.analysis.assembly import is_exact
from dart_perf.analysis.missing import deciding_missing, never_in_files, reported, say_never_in_files
from dart_perf.analysis.series import Design, Sides, design_of, shared_runs, sides_of
from dart_perf.analysis.typical import held
from dart_perf.analysis.verdict import overall, summary
from dart_perf.model.comparison import Comparison, SeriesVerdict
from dart_perf.model.judgement import Judgement, Status
from dart_perf.model.measurement import Benchmark, Run
from dart_perf.stats.estimate import Estimate
from dart_perf.stats.multiple import decide_all

_ORDER = {
    Status.REGRESSION_DETECTED: 0,
    Status.INCOMPARABLE: 1,
    Status.INSUFFICIENT_DATA: 2,
    Status.INCONCLUSIVE: 3,
    Status.IMPROVEMENT_DETECTED: 4,
    Status.NORMAL: 5,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about two sets of runs."""

    scenario: str | None
    baseline: str
    """How the baseline is named in the answer."""
    current: str
    """How the current side is named in the answer."""
    margin: float
    decides: Literal["cpu", "wall"] = "cpu"
    """Which time decides where a benchmark has both."""
    margin_of: Callable[[Benchmark], float | None] = lambda _benchmark: None
    """The margin of a benchmark that has one of its own."""


Items = Sequence[Estimate | Judgement]
Deciding = Callable[[Items, Sequence[float]], Sequence[Judgement]]
"""Decides on estimates of all series together, each with its margin."""
Pair = tuple[Question, Sequence[Run], Sequence[Run]]
"""What is asked, the baseline's runs and the current ones."""


def compare_family(pairs: Sequence[Pair]) -> tuple[Comparison, ...]:
    """Judge several pairs of sides as one decision: the false discovery rate is that over the series of all of them.

    Raises:
        InvalidInput: as `compare_runs`.
    """
    asked: list[tuple[Items, Sequence[float]]] = []

    def remember(items: Items, margins: Sequence[float]) -> Sequence[Judgement]:
        asked.append((items, margins))
        return decide_all(items, margins)

    for pair in pairs:
        compare_runs(*pair, decide=remember)
    joint = iter(decide_all([i for items, _ in asked for i in items], [m for _, margins in asked for m in margins]))
    return tuple(compare_runs(*pair, decide=lambda items, _: [next(joint) for _ in items]) for pair in pairs)


def compare_runs(
    question: Question,
    baseline: Sequence[Run],
    current: Sequence[Run],
    *,
    notes: Sequence[str] = (),
    decide: Deciding = decide_all,
) -> Comparison:
    """Judge every series that both sides have, together; guards first, environments second, speed last.

    Raises:
        InvalidInput: a value cannot be judged; the message names it.
    """
    design = design_of(baseline, current)
    before, after = _keys(baseline), _keys(current)
    common = [key for key in before if key in set(after)]
    changed = guards.changes(baseline, current)
    differences = _environment_differences(baseline, current)
    series = _judged(
        question, baseline, current, common, design, refused=bool(changed), elsewhere=bool(differences),
        decide=decide,
    )  # fmt: skip
    missing = tuple(key for key in before if key not in set(after))
    unheld = never_in_files(baseline, current, missing)
    lacking = deciding_missing(baseline, [key for key in missing if key not in unheld], question.decides)
    notes = (*notes, *say_never_in_files(unheld))
    status = overall([s for s in series if s.decides], changed=bool(changed), lacking=bool(lacking))
    return Comparison(
        status=status,
        summary=summary(status, series, changed, differences, lacking),
        scenario=question.scenario,
        baseline=question.baseline,
        current=question.current,
        design=design,
        margin=question.margin,
        runs=(baseline[0].id, current[0].id) if len(baseline) == len(current) == 1 else (),
        series=series,
        guards=changed,
        missing=missing,
        added=tuple(key for key in after if key not in set(before)),
        warnings=_warnings(baseline, current, differences, design, notes),
        next_step=next_step(status, series, design, lacking, from_file=not any(run.processes for run in baseline)),
    )


def _judged(
    question: Question,
    baseline: Sequence[Run],
    current: Sequence[Run],
    keys: Sequence[str],
    design: Design,
    *,
    refused: bool,
    elsewhere: bool,
    decide: Deciding,
) -> tuple[SeriesVerdict, ...]:
    """Return every series, judged as one family, worst first."""
    benchmarks = {m.key: m.benchmark for run in current for m in run.measurements}
    own = [question.margin_of(benchmarks[key]) for key in keys]
    margins = [question.margin if margin is None else margin for margin in own]
    sides = [
        sides_of(baseline, current, key, margin=margin, design=design)
        for key, margin in zip(keys, margins, strict=True)
    ]
    items = [
        _allowed(side, margin, refused=refused, elsewhere=elsewhere)
        for side, margin in zip(sides, margins, strict=True)
    ]
    judgements = [
        held(judgement, baseline, current, key, margin, design)
        for key, judgement, margin in zip(keys, decide(items, margins), margins, strict=True)
    ]
    verdicts = [_verdict(*each) for each in zip(sides, judgements, margins, strict=True)]
    return worst_first(mark_deciding(verdicts, question.decides))


def worst_first(verdicts: Sequence[SeriesVerdict]) -> tuple[SeriesVerdict, ...]:
    """Return the verdicts in the order in which they are told: what decides first, regressions before all."""
    return tuple(sorted(verdicts, key=lambda v: (not v.decides, _ORDER.get(v.judgement.status, 9), -_ratio(v))))


def _allowed(side: Sides, margin: float, *, refused: bool, elsewhere: bool) -> Estimate | Judgement:
    """Return what may be judged: nothing where behaviour changed, no timing where the machine is another."""
    if refused:
        return Judgement(status=Status.BEHAVIOUR_CHANGED, margin=margin)
    if elsewhere and side.measurement.metric.assumption != "exact":
        return Judgement(status=Status.INCOMPARABLE, margin=margin)
    return side.item


def _verdict(side: Sides, judgement: Judgement, margin: float) -> SeriesVerdict:
    before, after = side.centres
    benchmark = side.measurement.benchmark
    return SeriesVerdict(
        benchmark=benchmark.label,
        metric=side.measurement.metric.name,
        unit=side.measurement.metric.unit,
        decides=True,
        baseline=before,
        current=after,
        baseline_runs=side.baseline.processes,
        current_runs=side.current.processes,
        judgement=judgement.model_copy(update={"margin": margin}),
    )


def mark_deciding(verdicts: Sequence[SeriesVerdict], decides: Literal["cpu", "wall"]) -> list[SeriesVerdict]:
    """Where a benchmark has CPU and wall time, one of the two decides; everything else does."""
    only_told = reported(decides)
    names = {(v.benchmark, v.metric) for v in verdicts}
    both = {benchmark for benchmark, _ in names if {(benchmark, "cpu_time"), (benchmark, "wall_time")} <= names}
    return [v.model_copy(update={"decides": not (v.metric == only_told and v.benchmark in both)}) for v in verdicts]


def _environment_differences(baseline: Sequence[Run], current: Sequence[Run]) -> tuple[str, ...]:
    pairs = ((a.environment, b.environment) for a in baseline for b in current)
    return tuple(dict.fromkeys(said for a, b in pairs for said in a.differences(b)))


def _warnings(
    baseline: Sequence[Run],
    current: Sequence[Run],
    differences: Sequence[str],
    design: Design,
    notes: Sequence[str],
) -> tuple[str, ...]:
    warnings = [*notes, *_same_run(baseline, current), *guards.doubts(baseline, current)]
    warnings += [f"environments differ, {said} (baseline against current)" for said in differences]
    pairs = ((a.environment, b.environment) for a in baseline for b in current)
    unknown = tuple(dict.fromkeys(name for a, b in pairs for name in a.unknown(b)))
    if unknown and design == "then-and-now":
        warnings.append(f"not known on both sides whether the machine is the same: {', '.join(unknown)} not stated")
    warnings += [] if is_exact(current) else _load(current)
    alone = [run for run in (*baseline, *current) if any(reduction.is_one_process(m) for m in run.measurements)]
    if alone:
        warnings.append(reduction.ONE_PROCESS)
    left_out = sum(run.left_out_count for run in current)
    if left_out:
        what = "1 row of the current results is no measurement and was"
        many = f"{left_out} rows of the current results are no measurements and were"
        warnings.append(f"{what if left_out == 1 else many} left out")
    return tuple(dict.fromkeys([*warnings, *(w for run in (*baseline, *current) for w in run.warnings)]))


def _same_run(baseline: Sequence[Run], current: Sequence[Run]) -> list[str]:
    both = shared_runs(baseline, current)
    if not both:
        return []
    same = both == {run.id for run in (*baseline, *current)}
    return ["both sides are the same run" if same else f"{', '.join(sorted(both)[:3])} stands on both sides"]


def _load(current: Sequence[Run]) -> list[str]:
    """Say where more processes wanted to run than there are cores while it was measured."""
    loads = [process.load_before for run in current for process in run.processes if process.load_before is not None]
    cores = current[0].environment.cores
    if not loads or cores is None or max(loads) <= cores:
        return []
    return [f"the machine was busy: load average up to {max(loads):.1f} on {cores} cores while measuring"]


def _keys(runs: Sequence[Run]) -> list[str]:
    return list(dict.fromkeys(m.key for run in runs for m in run.measurements))


def _ratio(verdict: SeriesVerdict) -> float:
    return verdict.judgement.ratio or 0.0
