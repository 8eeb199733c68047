"""What a prune takes away, counted."""

from collections.abc import Mapping
from pathlib import Path

from dart_perf.model.operation import Prune
from dart_perf.store import layout
from dart_perf.store.pruning import Plan
from dart_perf.store.retention import counted

APPLY = "nothing was removed. Give --apply to remove it; make a backup before (dart-perf-baseline --backup FILE)"


def report(found: Plan, jobs: Mapping[str, list[Path]], *, applied: bool) -> Prune:
    """Return what `found` and the files of `jobs` that go amount to."""
    names = tuple(name for key in sorted(found.baselines) for name in found.baselines[key])
    files = [path for one in jobs.values() for path in one]
    size = found.bytes + sum((layout.signature(path) or (0, 0, 0))[1] for path in files)
    total = found.runs + len(found.stay)
    what = (
        f"{found.runs} of {total} runs, {len(names)} baselines, {len(found.programs)} program files and {len(jobs)} "
        f"jobs ({size / 1e6:.3g} MB)"
    )
    nothing = found.empty and not jobs
    return Prune(
        summary=f"removed: {what}" if applied else f"would go: {what}",
        applied=applied, runs=found.runs, baselines=names, programs=len(found.programs), jobs=len(jobs), bytes=size,
        stay=counted(found.stay), next_step="" if applied or nothing else APPLY,
    )  # fmt: skip
