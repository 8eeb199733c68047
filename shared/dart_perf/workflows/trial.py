"""Running a program once from its kept files alone, so that no baseline promises more than it can keep."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from dart_perf.errors import MeasurementFailed
from dart_perf.measure import counting, lock
from dart_perf.measure.process import run
from dart_perf.measure.program import lay_out
from dart_perf.model.scenario import Program, Scenario
from dart_perf.workflows.measuring import waiting
from dart_perf.workflows.printed import check_first
from dart_perf.workflows.project import Progress, Project


def try_kept(
    project: Project, scenario: Scenario, program: Program, contents: dict[str, bytes], progress: Progress
) -> None:
    """Run a program whose files are kept once from their copies, as a later comparison will.

    Raises:
        MeasurementFailed: it fails there, and runs in the project. Where it fails in both, that is what is said.
    """
    if scenario.built_in or not program.files:
        return
    holding = lock.machine_lock(
        project=str(project.root), scenario=scenario.name, clock=project.now, waiting=waiting(progress)
    )
    with tempfile.TemporaryDirectory(prefix="dart-perf-") as folder, holding:
        progress(0, None, "trying the program once from its kept files alone")
        try:
            _run_once(scenario, program, lay_out(program, contents.__getitem__, Path(folder)))
        except MeasurementFailed as error:
            _run_once(scenario, program, project.root)
            said = str(error).replace(folder, "{root}")  # the folder is gone when this is read
            raise MeasurementFailed(_refusal(scenario, said)) from error


def _run_once(scenario: Scenario, program: Program, folder: Path) -> None:
    argv, cwd, environment = counting.invocation(scenario, program, folder)
    env = {"PYTHONHASHSEED": "0", **environment}
    output = run(argv, cwd=cwd, env=env, timeout=scenario.timeout_seconds, clock=lambda: datetime.now(UTC))
    check_first(scenario, program, output)


def _refusal(scenario: Scenario, said: str) -> str:
    return (
        f"scenario {scenario.name!r} runs in the project, but not from copies of its `files` {list(scenario.files)} "
        "alone, so its baseline could not be measured again. Name everything it loads from the project in `files` of "
        "the scenario; or take `files` out, where comparing with stored values is enough. From the copies ({root}): "
        f"{said}"
    )
