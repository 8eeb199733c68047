"""What a call that verifies asks for, refused at once where it cannot be verified; light enough for a server."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from dart_perf.measure import catalogue, snapshot
from dart_perf.workflows import scenarios
from dart_perf.workflows.project import Project


def asked_now(project: Project, request: dict[str, Any]) -> dict[str, Any]:
    """Return `request` with head as it is now: what is edited later is another question.

    Raises:
        InvalidInput, Untrusted: a scenario or commit is not as it must be, or there is no repository.
    """
    check_trusted(project, request["scenarios"])
    return request | {"taken": asdict(snapshot.take(project.root, request["head"], home=project.home))}


def check_trusted(project: Project, named: Sequence[str] | None) -> None:
    """Return only where the scenarios, `named` or all of the project's own, may run.

    It is asked before git takes the working tree: a filter that the repository's configuration names would run then.

    Raises:
        InvalidInput, Untrusted: one does not exist, or nobody trusted the dart-perf.toml that declares it.
    """
    own = [entry.name for entry in catalogue.load(project.root).values() if not entry.built_in]
    for name in named or own:
        scenarios.find(project, name)
