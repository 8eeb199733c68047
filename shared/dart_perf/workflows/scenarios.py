"""What can be measured here, and trusting it."""

from collections.abc import Mapping

from dart_perf.errors import InvalidInput
from dart_perf.measure import asked, catalogue, trust
from dart_perf.model.answer import ScenarioEntry, ScenarioList
from dart_perf.model.baseline import State
from dart_perf.model.environment import Environment
from dart_perf.model.scenario import Scenario
from dart_perf.workflows.baselines import THIS
from dart_perf.workflows.paging import page_of
from dart_perf.workflows.project import Project

ALL = 10_000
"""More than anyone declares: a terminal scrolls."""


def find(project: Project, name: str) -> Scenario:
    """Return the scenario called `name`, if it may run.

    Raises:
        InvalidInput: there is none of that name; the message lists the names.
        Untrusted: it comes from a file that nobody trusted.
    """
    known = catalogue.load(project.root)
    if name not in known:
        raise InvalidInput(f"scenario {name!r} does not exist. Known are: {', '.join(known)}.")
    trust.require(project.root, known[name])
    return known[name]


def list_scenarios(project: Project, *, limit: int = 20, cursor: str | None = None) -> ScenarioList:
    """Return a page of the scenarios with their current baselines; `cursor` is the name of the last one before it.

    Raises:
        InvalidInput: dart-perf.toml cannot be read, or the cursor names no scenario.
    """
    usable = [e for e in project.store.baselines() if e.state is State.CURRENT]
    unknown = Environment().platform
    current = {e.scenario: e.id for e in sorted(usable, key=lambda e: (e.platform == THIS, e.platform == unknown))}
    trusted, known = trust.is_trusted(project.root), catalogue.load(project.root)
    entries = tuple(
        ScenarioEntry(
            name=scenario.name,
            group=scenario.group,
            source="built-in" if scenario.built_in else catalogue.FILE,
            processes=scenario.repetitions,
            margin=scenario.margin,
            trusted=scenario.built_in or trusted,
            baseline=current.get(scenario.name),
        )
        for scenario in known.values()
    )
    untrusted = [entry.name for entry in entries if not entry.trusted]
    warnings = [f"{', '.join(untrusted)}: not trusted on this machine. {trust.REMEDY}"] if untrusted else []
    page, more = page_of(entries, lambda entry: entry.name, limit=limit, cursor=cursor)
    return ScenarioList(
        scenarios=page, total=len(entries), next_cursor=more, warnings=(*warnings, *unasked(project, known))
    )


def trust_project(project: Project) -> ScenarioList:
    """Trust the project's dart-perf.toml as it is now, and return what may run."""
    trust.trust(project.root)
    return list_scenarios(project, limit=ALL)


def unasked(project: Project, known: Mapping[str, Scenario]) -> list[str]:
    """Return a warning where scenarios count, and nothing shows who says how often the work is done."""
    names = ", ".join(asked.unasked(known, project.root))
    return [f"{names}: {asked.FINDING}: {asked.MEANING}. Do: {asked.REMEDY}"] if names else []
