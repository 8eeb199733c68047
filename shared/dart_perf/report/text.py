"""Records as compact text for agents and terminals: the first line is the verdict, the last says what to do next."""

from functools import singledispatch

from dart_perf.model.answer import (
    BaselineCheck,
    BaselineList,
    Capture,
    CaptureAnswer,
    CompareAnswer,
    ImportAnswer,
    ImportReport,
    JobAnswer,
    JobStatus,
    Plan,
    ScenarioList,
)
from dart_perf.model.baseline import BaselineEntry
from dart_perf.model.comparison import Comparison
from dart_perf.model.detection import Confrontation, Detection
from dart_perf.model.gate import Gate
from dart_perf.model.history import Validation
from dart_perf.model.job import ENDED, JobState
from dart_perf.model.judgement import Status
from dart_perf.model.record import Record
from dart_perf.model.setup import Declaration, Examination
from dart_perf.model.trend import ChangeList, Round, TrendAnalysis, TrendList, TrendReport
from dart_perf.model.verification import Replay, Verification, VerifyAnswer
from dart_perf.report import comparison as comparisons
from dart_perf.report import detection as detections
from dart_perf.report import gate as gates
from dart_perf.report import setup, trend
from dart_perf.report import verification as verifications


@singledispatch
def render(record: Record) -> str:
    """Return `record` as compact text.

    Raises:
        NotImplementedError: no text is written for this kind of record.
    """
    raise NotImplementedError(f"no text for {type(record).__name__}")


@render.register
def _(record: Comparison) -> str:
    return comparisons.text(record)


@render.register
def _(record: TrendList) -> str:
    return trend.trends(record)


@render.register
def _(record: ChangeList) -> str:
    return trend.changes(record)


@render.register
def _(record: Detection) -> str:
    return detections.text(record)


@render.register
def _(record: TrendAnalysis) -> str:
    return trend.analysis(record)


@render.register
def _(record: TrendReport) -> str:
    return trend.report(record)


@render.register
def _(record: Round) -> str:
    return trend.look(record)


@render.register
def _(record: Confrontation) -> str:
    return detections.confronted(record)


@render.register
def _(record: Gate) -> str:
    return gates.text(record)


@render.register
def _(record: JobStatus) -> str:
    said = f"{record.kind} {record.state}: {record.error or record.progress or 'waiting for its process'}"
    return said if record.state in ENDED else f"{said}\nnext: call job(id={record.id!r}) to poll it"


@render.register
def _(record: Verification) -> str:
    return verifications.text(record)


@render.register
def _(record: Replay) -> str:
    return verifications.replayed(record)


@render.register
def _(record: VerifyAnswer) -> str:
    return render(record.verification) if record.verification else render(record.job)


@render.register
def _(record: CompareAnswer) -> str:
    if record.status is Status.NO_BASELINE:
        return f"{record.status}: {record.job.error}"
    return render(record.comparison) if record.comparison else render(record.job)


@render.register
def _(record: CaptureAnswer) -> str:
    return render(record.capture) if record.capture else render(record.job)


@render.register
def _(record: Capture) -> str:
    return "\n".join(["captured " + render(record.baseline), *_warnings(record.warnings), *_next(record.next_step)])


@render.register
def _(record: JobAnswer) -> str:
    if record.job.state is not JobState.DONE or record.result is None:
        return render(record.job)
    kinds: dict[str, type[Record]] = {
        "compare_with_baseline": Comparison, "capture_baseline": Capture, "import_results": ImportReport,
        "verify_change": Verification,
    }  # fmt: skip
    return render(kinds[record.job.kind].model_validate(record.result))


@render.register
def _(record: BaselineEntry) -> str:
    again = "can be measured again" if record.remeasurable else "stored values only"
    processes = f"{record.processes} process{'es' * (record.processes != 1)}"
    taken = f"{processes} in {record.sessions} session{'s' * (record.sessions != 1)}"
    return f"{record.id} [{record.state}] {taken}, {again}; {record.created_by}: {record.reason}"


@render.register
def _(record: BaselineList) -> str:
    lines = [f"{len(record.baselines)} of {record.total} baseline{'s' * (record.total != 1)}"]
    lines += [render(entry) for entry in record.baselines]
    lines += [f"more: cursor {record.next_cursor!r}"] if record.next_cursor else []
    return "\n".join([*lines, *_warnings(record.warnings), *_next(record.hint)])


@render.register
def _(record: ScenarioList) -> str:
    lines = [f"{len(record.scenarios)} of {record.total} scenario{'s' * (record.total != 1)}"]
    for entry in record.scenarios:
        trust = "" if entry.trusted else ", NOT TRUSTED"
        baseline = entry.baseline or "no baseline"
        lines.append(f"{entry.name} ({entry.group or 'no group'}; {entry.source}{trust}): {baseline}")
    lines += [f"more: cursor {record.next_cursor!r}"] if record.next_cursor else []
    return "\n".join([*lines, *_warnings(record.warnings)])


@render.register
def _(record: ImportAnswer) -> str:
    shown = record.report or record.job
    return render(shown) if shown else "nothing was imported"


@render.register
def _(record: ImportReport) -> str:
    lines = [record.summary]
    lines += [f"refused: {line}" for line in record.refused]
    lines += [f"skipped: {line}" for line in record.skipped]
    lines += [f"left out: {line}" for line in record.left_out]
    return "\n".join([*lines, *_warnings(record.warnings)])


@render.register
def _(record: Plan) -> str:
    lines = [record.summary]
    for entry in record.series:
        needed = f"{entry.runs_needed} runs a side" if entry.runs_needed else "not decidable at this margin"
        smallest = f", finds {entry.minimum_detectable_effect:.3f}x now" if entry.minimum_detectable_effect else ""
        lines.append(f"{entry.benchmark} {entry.metric}: {needed} (spread {100 * entry.spread:.1f} %{smallest})")
    return "\n".join([*lines, *_warnings(record.warnings)])


@render.register
def _(record: BaselineCheck) -> str:
    checked = render(record.validation)
    lines = [f"{record.status}: {record.summary}", *record.verdicts] if record.status else []
    return "\n".join([*lines, checked])


@render.register
def _(record: Validation) -> str:
    lines = [record.summary]
    for finding in record.findings:
        place = f" byte {finding.offset}" if finding.offset is not None else ""
        lines.append(f"{finding.file}{place}: {finding.problem}")
    for cell in record.matrix:
        disagree = f"; differs: {', '.join(cell.disagreements)}" if cell.disagreements else ""
        lines.append(f"{cell.scenario} x {cell.platform} x {cell.version}: {cell.state} {cell.baseline}{disagree}")
    return "\n".join([*lines, *_warnings(record.warnings)])


@render.register
def _(record: Declaration) -> str:
    return setup.declared(record)


@render.register
def _(record: Examination) -> str:
    return setup.examined(record)


def _warnings(warnings: tuple[str, ...]) -> list[str]:
    return [f"warning: {warning}" for warning in warnings]


def _next(step: str) -> list[str]:
    return [f"next: {step}"] if step else []
