"""The gate: judge, hold the outcome against a policy, say what fails and what was waived."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dart_perf.analysis.gate import Accepted, entries, errored, idle_margins, nothing, ordered, required, uses
from dart_perf.analysis.gate_verdict import empty_gate, gate_of
from dart_perf.analysis.rationale import Rationale
from dart_perf.errors import InvalidInput, MissingData, NoBaseline, PerfError
from dart_perf.model.gate import Gate, GateEntry
from dart_perf.report.gate import shortened
from dart_perf.report.pull_request import pull_request
from dart_perf.report.sparkline import sparkline
from dart_perf.workflows.detection import judge
from dart_perf.workflows.history_detection import Judged
from dart_perf.workflows.imports import named_runs
from dart_perf.workflows.policy_file import Read, read_policy
from dart_perf.workflows.project import Project
from dart_perf.workflows.rationale_reading import named_range, of_commits, of_text
from dart_perf.workflows.series_query import Query

SHOWN = 43
"""Points before the new ones in a sparkline: two a bar of its 24, with five new ones."""
NO_RANGE = "no commit messages were read for rationales: the commits of reference and results are not known"
EVERY_SERIES = Query()
UNNAMED = "results without a name"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be let through."""

    results: str | None = None
    """File of results or run id; None for the newest stored points."""
    baseline: str | None = None
    """What they are held against; None for the history of their series."""
    form: str = "auto"
    baseline_form: str = "auto"
    policy: str | None = None
    """File; None for dart-perf-policy.toml where there is one."""
    query: Query = EVERY_SERIES
    """Which stored history."""
    newest: int | None = None
    change: str | None = None
    """`A..B`: commits whose messages are read for rationales, and B that of results which name none; None for those
    from reference to results."""
    rationale: str = ""
    """Text with rationales, e.g. the body of a pull request."""


@dataclass(frozen=True, slots=True, eq=False)
class Gated:
    """The whole verdict and what was judged; None where nothing could be."""

    gate: Gate
    judged: Judged | None = None


def check_gate(project: Project, asked: Asked, *, detail: Literal["brief", "full"] = "brief") -> Gate:
    """Return whether a change may pass; missing, empty and failed results fail it, and are no errors.

    Raises:
        InvalidInput: the policy, the range or the combination of arguments is not possible.
        Corrupted: the store does not hold.
    """
    gate = pass_gate(project, asked).gate
    return shortened(gate) if detail == "brief" else gate


def pass_gate(project: Project, asked: Asked) -> Gated:
    """Return the verdict with what it stands on.

    Raises:
        InvalidInput, Corrupted: as `check_gate`.
    """
    read = read_policy(project, asked.policy)
    ends = named_range(project, asked.change) if asked.change else None
    absent = _unreadable(project, asked, read)
    if absent is not None:
        return Gated(absent)
    try:
        judged = judge(
            project, asked.results, asked.baseline, form=asked.form, baseline_form=asked.baseline_form,
            margin=read.policy.margin, query=asked.query, newest=asked.newest, margin_of=read.policy.margin_of,
            commit=ends[1] if ends else None,
        )  # fmt: skip
    except (NoBaseline, MissingData) as error:
        return Gated(_without_reference(project, asked, read, error))
    return Gated(_held(project, asked, read, judged, ends), judged)


def _unreadable(project: Project, asked: Asked, read: Read) -> Gate | None:
    """Return the verdict on results that do not exist or cannot be read; None where they can."""
    if asked.results is None:
        return None
    try:
        named_runs(project, asked.results, asked.form)
    except (InvalidInput, MissingData) as error:
        return _nothing(asked, read, nothing("missing", asked.results or UNNAMED, str(error)))
    return None


def _without_reference(project: Project, asked: Asked, read: Read, error: PerfError) -> Gate:
    """Return the verdict where there is nothing to compare with: what failed or is required is told all the same."""
    if asked.results is None:
        return _nothing(asked, read, nothing("missing", "stored points", str(error)))
    entry = nothing("no baseline", asked.results, str(error), read.policy.no_baseline)
    runs = named_runs(project, asked.results, asked.form)
    there = {m.benchmark.label for run in runs for m in run.measurements}
    return _nothing(asked, read, *ordered([entry, *required(there, read.policy), *errored(runs)]))


def _nothing(asked: Asked, read: Read, *listed: GateEntry) -> Gate:
    results = "newest stored points" if asked.results is None else asked.results or UNNAMED
    sides = asked.baseline or "stored history", results
    return empty_gate(listed, policy=read.name, baseline=sides[0], current=sides[1])


def _held(project: Project, asked: Asked, read: Read, judged: Judged, ends: tuple[str, str] | None) -> Gate:
    """Return the verdict on what was judged."""
    change = ends or judged.commits
    lines, warning = of_commits(project, change) if change else ((), NO_RANGE)
    texts: tuple[Rationale, ...] = (*of_text(asked.rationale), *lines)
    accepted = Accepted(read.policy, read.name, texts, project.now().date())
    found = judged.detection
    return gate_of(
        found,
        entries(found, judged.lacking, judged.elsewhere, judged.runs, accepted),
        uses(found.series, accepted),
        policy=read.name,
        commits=f"{change[0]}..{change[1]}" if change else "",
        warnings=[*idle_margins(found.series, read.policy), *([warning] if warning else [])],
    )


def report_pull_request(gated: Gated, commands: Sequence[str]) -> str:
    """Return the verdict as a comment on a pull request; `commands` say the same again."""
    points = gated.judged.points if gated.judged else {}
    lines = {name: sparkline([*held.history[-SHOWN:], *held.new]) for name, held in points.items()}
    return pull_request(gated.gate, gated.judged.detection if gated.judged else None, lines, commands)
