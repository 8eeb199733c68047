"""What dart-regression-detector can do: one workflow for each action, and the options that mean something to it."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dart_perf.cli.destination import write
from dart_perf.cli.output import progress
from dart_perf.cli.query import QUERY
from dart_perf.cli.wording import for_a_shell
from dart_perf.errors import InvalidInput
from dart_perf.model.record import Record
from dart_perf.report.visible import visible
from dart_perf.workflows.project import Project
from dart_perf.workflows.series_query import Query


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked on the command line."""

    project: Project
    query: Query
    """Which stored series, and which of their runs."""
    results: str | None
    input_format: str
    baseline: str | None
    baseline_format: str
    newest: int | None
    margin: float | None
    effect: float
    power: float
    policy: str | None
    change: str | None
    rationale: Path | None
    pull_request: Path | None
    scenarios: tuple[str, ...] = ()
    base: str | None = None
    head: str | None = None
    budget: float = 120.0
    replayed: str | None = None


def _analyze(request: Request) -> Record:
    from dart_perf.workflows.detection import detect

    return detect(
        request.project, request.results, request.baseline, form=request.input_format,
        baseline_form=request.baseline_format, margin=request.margin, query=request.query, newest=request.newest,
        detail="full",
    )  # fmt: skip


def _gate(request: Request) -> Record:
    from dart_perf.workflows.gate import Asked, pass_gate, report_pull_request

    asked = Asked(
        request.results, request.baseline, request.input_format, request.baseline_format, request.policy,
        request.query, request.newest, request.change, _text(request.rationale),
    )  # fmt: skip
    gated = pass_gate(request.project, asked)
    if request.pull_request is not None:
        commands = (*_checkout(gated.gate.commits), _again(request))
        report = report_pull_request(gated, commands)
        write(request.pull_request, visible(for_a_shell(report)).encode())
    return gated.gate


def _checkout(commits: str) -> tuple[str, ...]:
    newest = commits.partition("..")[2]
    return (f"git checkout {newest}",) if newest else ()


def _again(request: Request) -> str:
    """Return the command that says the same again."""
    given: dict[str, object] = {
        "--input": request.results, "--input-format": _unless_auto(request.input_format),
        "--baseline": request.baseline, "--baseline-format": _unless_auto(request.baseline_format),
        **{f"--{name}": getattr(request.query, name) for name in sorted(QUERY)},
        "--newest": request.newest, "--policy": request.policy, "--change": request.change,
        "--rationale-from": request.rationale,
    }  # fmt: skip
    words = [str(word) for name, value in given.items() if value is not None for word in (name, value)]
    return shlex.join(["dart-regression-detector", "--gate", *words])


def _unless_auto(form: str) -> str | None:
    return None if form == "auto" else form


def _text(path: Path | None) -> str:
    """Return what a file says. Raises InvalidInput where it cannot be read."""
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}. Give the file with the text.") from error


def _plan(request: Request) -> Record:
    from dart_perf.workflows.planning import plan_runs

    if request.baseline is None:
        raise InvalidInput("--baseline is missing. Give a scenario with a current baseline, or a baseline id.")
    return plan_runs(
        request.project, request.baseline, effect=request.effect, margin=request.margin, power=request.power
    )


def _verify(request: Request) -> Record:
    from dart_perf.workflows.verification import verify_change

    with progress() as report:
        return verify_change(
            request.project, request.scenarios or None, base=request.base, head=request.head, margin=request.margin,
            budget_seconds=request.budget, progress=report,
        )  # fmt: skip


def _replay(request: Request) -> Record:
    from dart_perf.workflows.replay import replay

    return replay(request.project, request.replayed or "")


ACTIONS: dict[str, Callable[[Request], Record]] = {
    "verify_change": _verify, "analyze": _analyze, "gate": _gate, "plan": _plan, "replay": _replay,
}  # fmt: skip
_SIDES = {"results", "input_format", "baseline", "baseline_format", "newest", *QUERY}
TAKES: dict[str, set[str]] = {
    "analyze": {*_SIDES, "threshold", "margin"},
    "gate": {*_SIDES, "policy", "change", "rationale", "pull_request"},
    "report": {"trend_analysis", "limit", *QUERY},
    "plan": {"baseline", "threshold", "margin", "effect", "power"},
    "verify_change": {"scenarios", "base", "head", "threshold", "margin", "budget"},
    "replay": set(),
}
