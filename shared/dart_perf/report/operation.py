"""What was done to a store, as text."""

from dart_perf.model.operation import Backup, Export, Merge, Prune, Restore, Upgrade
from dart_perf.report.text import render

SHOWN = 20
"""Baselines that are named."""


@render.register
def _(record: Merge) -> str:
    lines = [record.summary, *(f"current now: {name}" for name in record.current)]
    return "\n".join([*lines, *(f"warning: {warning}" for warning in record.warnings)])


@render.register
def _(record: Prune) -> str:
    lines = [record.summary, *(f"baseline: {name}" for name in record.baselines[:SHOWN])]
    more = len(record.baselines) - SHOWN
    lines += [f"and {more} more baselines"] if more > 0 else []
    lines += [f"runs that stay: {line}" for line in record.stay]
    return "\n".join([*lines, *([f"next: {record.next_step}"] if record.next_step else [])])


@render.register
def _(record: Backup) -> str:
    return f"{record.summary}\nnext: {record.next_step}"


@render.register
def _(record: Export) -> str:
    return "\n".join(
        [record.summary, *(f"warning: {warning}" for warning in record.warnings), f"next: {record.next_step}"]
    )


@render.register(Restore)
@render.register(Upgrade)
def _(record: Restore | Upgrade) -> str:
    return record.summary
