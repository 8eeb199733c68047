"""Building a commit that is laid out, before it is measured."""

from collections.abc import Sequence
from pathlib import Path

from dart_perf.measure import lock
from dart_perf.measure.build import build
from dart_perf.measure.program import build_steps
from dart_perf.measure.variables import environment_of
from dart_perf.model.scenario import Program, Scenario
from dart_perf.workflows.measuring import waiting
from dart_perf.workflows.project import Progress, Project


def build_in(
    project: Project, scenario: Scenario, folder: Path, progress: Progress, holding: Sequence[int] = ()
) -> None:
    """Build `scenario` in `folder` under the machine's lock: a build would disturb a measurement as another one does.

    Raises:
        BuildFailed, MeasurementFailed: see `measure.build.build`.
        InvalidInput: a program of a step is not installed, or a variable is not set.
    """
    steps = build_steps(scenario, folder)
    if not steps:
        return
    sets = Program(argv=steps[0], environment=scenario.environment, variables=scenario.variables)
    env = environment_of(sets, folder)
    with lock.machine_lock(
        project=str(project.root), scenario=scenario.name, clock=project.now, waiting=waiting(progress)
    ):
        progress(0, None, "building")
        build(steps, cwd=folder, env=env, timeout=scenario.build_timeout_seconds, holding=holding)
