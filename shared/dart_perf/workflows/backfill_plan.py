"""Which past commits a backfill measures: chosen from a range, without those that the history has of this machine."""

import shutil
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue, counting, machine, worktree
from dart_perf.measure.position import Positions
from dart_perf.measure.process import environment_for
from dart_perf.model.backfill import PastCommit
from dart_perf.model.environment import Environment
from dart_perf.model.measurement import Run
from dart_perf.model.scenario import Program, Scenario
from dart_perf.workflows import scenarios
from dart_perf.workflows.project import Project

KIND = "backfill"
"""How the names of a backfill's sessions begin, and that of its worktree."""
OWN = ("{root}", "{project}")
"""What in the first item of an argv says that the interpreter is made by the build, so that it is not known before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be measured."""

    scenarios: tuple[Scenario, ...]
    commits: tuple[str, ...]
    """Chosen, oldest first."""
    positions: dict[str, int]
    present: dict[tuple[str, str], Run]
    """What the history holds, by commit and scenario."""
    seconds: dict[str, float]
    """Median time of one process by scenario, as far as something measured here tells it."""

    def todo(self) -> dict[str, list[Scenario]]:
        """Return what is missing, by commit."""
        missing = {c: [s for s in self.scenarios if (c, s.name) not in self.present] for c in self.commits}
        return {commit: left for commit, left in missing.items() if left}

    def past(self, commit: str, scenario: str, **found: object) -> PastCommit:
        """Return the record of a commit."""
        place = self.positions.get(commit)
        return PastCommit.model_validate({"commit": commit, "position": place, "scenario": scenario, **found})

    def estimate(self, todo: Sequence[Scenario], processes: int | None) -> float | None:
        """Return how long measuring takes without builds, seconds; None where no process was measured here before."""
        if any(entry.name not in self.seconds for entry in todo):
            return None
        # One more process than are kept warms the file cache.
        return sum(self.seconds[entry.name] * ((processes or entry.repetitions) + 1) for entry in todo)


def plan_backfill(project: Project, span: str, *, every: int, scenario: str | None, most: int) -> Plan:
    """Return both ends of the range and every Nth commit between, counted from the older end.

    So a later call with a newer end chooses the same commits again, and finds them measured.

    Raises:
        InvalidInput: the range, the number or the scenario is not possible, or there are more than `most` commits.
        Untrusted: the scenario comes from a file that nobody trusted.
    """
    chosen = _scenarios(project, scenario)
    commits = _every(worktree.first_parent_line(project.root, span), every)
    if len(commits) > most:
        enough = -(-len(commits) * every // most)
        raise InvalidInput(
            f"{span} with --every {every} is {len(commits)} commits, and at most {most} are measured in one call. "
            f"Give --every {enough}, a shorter range, or --most {len(commits)}."
        )
    present: dict[tuple[str, str], Run] = {}
    seconds: dict[str, float] = {}
    for entry in chosen:
        environment_for(entry.environment)  # a variable that is not set is said once, not for every commit
        is_of_here = _here(entry)
        here = [run for run in project.store.runs(scenario=entry.name) if run.processes and is_of_here(run.environment)]
        present |= {(run.commit, entry.name): run for run in here if run.commit in set(commits) and _counts(run)}
        spent = [process.wall_seconds for run in here[-1:] for process in run.processes]
        seconds |= {entry.name: statistics.median(spent)} if spent else {}
    return Plan(tuple(chosen), tuple(commits), Positions(project.root).of(commits), present, seconds)


def _every(line: Sequence[str], every: int) -> list[str]:
    if every < 1:
        raise InvalidInput(f"--every {every} is not possible. Give 1 for each commit, 10 for every tenth.")
    picked = [*line[::every]]
    return picked if picked[-1] == line[-1] else [*picked, line[-1]]


def _scenarios(project: Project, name: str | None) -> list[Scenario]:
    """Return the scenario of that name, else all that the project declares, if they may run."""
    if name is not None and name in catalogue.BUILT_IN:
        raise InvalidInput(
            f"scenario {name!r} is built in: it measures what is installed, whatever the commit. Declare one in "
            f"{catalogue.FILE} whose argv or variables lead into {{root}}, which is then the past commit's folder."
        )
    declared = [entry.name for entry in catalogue.load(project.root).values() if not entry.built_in]
    if not declared:
        raise InvalidInput(f"{catalogue.FILE} declares no scenario. Write one: dart-perf-baseline --init.")
    return [scenarios.find(project, one) for one in ([name] if name is not None else declared)]


def _here(scenario: Scenario) -> Callable[[Environment], bool]:
    """Return what says whether an environment is this machine with what would run the program, as far as it is known.

    An interpreter that the build makes is not known before: then it is the machine alone.
    """
    made = any(word in scenario.argv[0] for word in OWN)
    found = shutil.which(scenario.argv[0].replace("{python}", sys.executable)) or scenario.argv[0]
    place = machine.environment(interpreter=found, libraries=() if made else scenario.libraries)
    if made:
        return lambda environment: _machine(environment) == _machine(place)
    counted = counting.versions(Program(argv=(found,), counts=scenario.counts))
    fingerprint = place.model_copy(update={"libraries": place.libraries | counted}).fingerprint
    return lambda environment: environment.fingerprint == fingerprint


def _machine(environment: Environment) -> tuple[object, ...]:
    return environment.cpu_model, environment.cores, environment.os, environment.architecture


def _counts(run: Run) -> bool:
    """Say whether a run stands for its commit: nothing else was in the work tree, or only what its build changed."""
    return not run.dirty or run.processes[0].session.startswith(KIND)
