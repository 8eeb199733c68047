"""What a call that verifies asks for, refused at once where it cannot be verified; light enough for a server."""

from dataclasses import asdict
from typing import Any

from dart_perf.measure import snapshot
from dart_perf.workflows import scenarios
from dart_perf.workflows.project import Project


def asked_now(project: Project, request: dict[str, Any]) -> dict[str, Any]:
    """Return `request` with head as it is now: what is edited later is another question.

    Raises:
        InvalidInput, Untrusted: a scenario or commit is not as it must be, or there is no repository.
    """
    for name in request["scenarios"] or ():
        scenarios.find(project, name)
    return request | {"taken": asdict(snapshot.take(project.root, request["head"], home=project.home))}
