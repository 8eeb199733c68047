"""A gate as the comment on a pull request: one screen, the verdict first, nothing in it read as markup but ours."""

from collections import Counter
from collections.abc import Mapping, Sequence

from dart_perf.model.comparison import SeriesVerdict
from dart_perf.model.detection import Detection
from dart_perf.model.gate import Gate, GateEntry
from dart_perf.model.judgement import Status
from dart_perf.report.comparison import interval as ratio_of
from dart_perf.report.comparison import notes
from dart_perf.report.detection import family
from dart_perf.report.gate import sureness, waiver
from dart_perf.report.markdown import code, words
from dart_perf.units import scale

MARKER = "<!-- dart-perf:report -->"
"""The first line: by it the comment of the run before is found, and replaced instead of followed by another."""
ROWS, LINES, COMMANDS = 10, 6, 8
"""Rows of the table, waivers and warnings each, and commands, that fit on one screen."""
SHORT = 10
"""Digits of a commit that are shown."""
Key = tuple[str, str]
_EFFECTS = {"fails": "**fails**", "waived": "waived", "noted": "noted"}
_KINDS = {
    Status.NORMAL: "shown to be within their margin",
    Status.IMPROVEMENT_DETECTED: "better",
    Status.INCONCLUSIVE: "undecided",
    Status.INSUFFICIENT_DATA: "undecided",
}
_CALLED = (Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED)


def pull_request(gate: Gate, found: Detection | None, sparklines: Mapping[Key, str], commands: Sequence[str]) -> str:
    """Return the report as GitHub's Markdown.

    Args:
        gate: the whole verdict.
        found: what was judged; None where nothing could be.
        sparklines: histories by benchmark and metric, as far as there are any.
        commands: what says the same again, one a line.
    """
    blocks = [
        f"{MARKER}\n### Performance: {gate.verdict}",
        words(gate.summary),
        _table(gate, found, sparklines),
        _rest(gate, found),
        _changed(gate, found),
        _sure(gate, found),
        _listed("Waivers", [waiver(use) for use in gate.waivers]),
        _listed("To know", [*gate.warnings, *(notes(found) if found else ())]),
        f"Next: {words(gate.next_step)}",
        _reproduced(commands),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _table(gate: Gate, found: Detection | None, sparklines: Mapping[Key, str]) -> str:
    """Return what fails, was waived or improved, the worst first; what is undecided only as far as there is room."""
    by_name = {f"{v.benchmark} {v.metric}": v for v in found.series} if found else {}
    rows = [_entry(entry, by_name.get(entry.what), sparklines) for entry in gate.entries if entry.effect != "noted"]
    better = [v for v in found.series if v.decides and v.judgement.status is _CALLED[1]] if found else []
    rows += [_row("better", verdict, sparklines) for verdict in better]
    rows += [_entry(entry, by_name.get(entry.what), sparklines) for entry in gate.entries if entry.effect == "noted"]
    if not rows:
        return ""
    head = ["| | what | ratio (above 1 is worse) | sure | before, now | history |", "|---|---|---|---|---|---|"]
    more = [f"| | {len(rows) - ROWS} more | | | | |"] if len(rows) > ROWS else []
    return "\n".join([*head, *rows[:ROWS], *more])


def _entry(entry: GateEntry, verdict: SeriesVerdict | None, sparklines: Mapping[Key, str]) -> str:
    effect = f"{_EFFECTS[entry.effect]}: {entry.cause}"
    if verdict is not None:
        return _row(effect, verdict, sparklines)
    return f"| {effect} | {code(entry.what)} | | | {words(entry.said)} | |"


def _row(effect: str, verdict: SeriesVerdict, sparklines: Mapping[Key, str]) -> str:
    judgement, unit = verdict.judgement, verdict.unit
    called = judgement.status is Status.REGRESSION_DETECTED
    sure = sureness(judgement.probability_worse) if called else ""
    values = f"{scale(verdict.baseline, unit)}, {scale(verdict.current, unit)}"
    line = sparklines.get((verdict.benchmark, verdict.metric), "")
    name = f"{code(verdict.benchmark)} {words(verdict.metric)}"
    return f"| {effect} | {name} | {ratio_of(judgement, unit)} | {sure} | {values} | {line} |"


def _rest(gate: Gate, found: Detection | None) -> str:
    """Return how many series there are of each kind, so that none is out of sight."""
    if found is None:
        return ""
    kinds = Counter(_KINDS[v.judgement.status] for v in found.series if v.decides and v.judgement.status in _KINDS)
    told = sum(not verdict.decides for verdict in found.series)
    said = [f"{count} {kind}" for kind, count in kinds.most_common()] + ([f"{told} reported only"] if told else [])
    return f"Of {gate.family} series: {', '.join(said)}." if said else ""


def _changed(gate: Gate, found: Detection | None) -> str:
    sides = f"{code(gate.current)} against {code(gate.baseline)}"
    first, _, last = gate.commits.partition("..")
    between = f", commits {code(f'{first[:SHORT]}..{last[:SHORT]}')}" if last else ""
    since = [
        f"- {code(change.benchmark)} {words(change.metric)} since {code(f'{change.after}..{change.until}')}"
        for change in (found.changes if found else ())[:LINES]
    ]
    return "\n".join([f"**What changed**: {sides}{between}.", *since])


def _sure(gate: Gate, found: Detection | None) -> str:
    if found is None:
        return ""
    said = f"{family(found)}. Intervals are 95 %, adjusted for how many series were judged"
    return f"**How sure**: {words(said)}; policy {code(gate.policy)}."


def _listed(title: str, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    more = [f"- {len(lines) - LINES} more"] if len(lines) > LINES else []
    return "\n".join([f"**{title}**:", *(f"- {words(line)}" for line in lines[:LINES]), *more])


def _reproduced(commands: Sequence[str]) -> str:
    """Return the commands as an indented block: no fence in them could end it."""
    if not commands:
        return ""
    shown = "\n".join(f"    {' '.join(command.split())}" for command in commands[:COMMANDS])
    return f"To reproduce:\n\n{shown}"
