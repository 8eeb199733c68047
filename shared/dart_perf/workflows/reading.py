"""What resources show: stored records as JSON, and the methods as text."""

from pathlib import Path

import orjson

from dart_perf.errors import MissingData, NoBaseline
from dart_perf.model.baseline import State
from dart_perf.workflows.project import Project


def baselines(project: Project, scenario: str) -> str:
    """Return the entries of a scenario and its whole current baseline, as JSON.

    Raises:
        NoBaseline: the scenario has none.
    """
    entries = project.store.baselines(scenario)
    if not entries:
        raise NoBaseline(f"{scenario!r} has no baseline. Call capture_baseline(scenario={scenario!r}).")
    current = [entry.id for entry in entries if entry.state is State.CURRENT]
    whole = [project.store.baseline(name).model_dump(mode="json") for name in current]
    return orjson.dumps({"entries": [entry.model_dump(mode="json") for entry in entries], "current": whole}).decode()


def run(project: Project, run_id: str) -> str:
    """Return one run as JSON. Raises MissingData."""
    return project.store.run(run_id).model_dump_json()


def methods() -> str:
    """Return the text on the statistical methods.

    Raises:
        MissingData: the package was installed without it.
    """
    path = Path(__file__).parent.parent / "report" / "methods.md"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise MissingData(f"{path} is not installed. Install dart-perf again.") from None
