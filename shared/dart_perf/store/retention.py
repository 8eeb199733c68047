"""What a prune may take and what must stay. Nothing here reads or writes; every choice errs on the side of staying."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from dart_perf.model.baseline import BaselineEntry, State
from dart_perf.model.job import ENDED, Job
from dart_perf.model.operation import Rule


class Stored(NamedTuple):
    """What decides about a run."""

    id: str
    sequence: int
    position: int | None
    when: datetime | None
    series: tuple[str, ...]


def staying_runs(runs: Sequence[Stored], rule: Rule, needed: set[str]) -> dict[int, str]:
    """Return why each run stays, by sequence number; the others go. `needed` are the runs that baselines stand on.

    `runs` come in order of arrival. The newest of a series are those at its end, in the order of its points and in
    that of arrival: a run of an old commit that arrived just now is new too.
    """
    stay: dict[int, str] = {}
    for run in runs:
        reason = _reason(run, rule, needed)
        if reason:
            stay[run.sequence] = reason
    by_series: dict[str, list[Stored]] = {}
    for run in runs:
        for series in run.series or ("",):
            by_series.setdefault(series, []).append(run)
    for members in by_series.values():
        newest = sorted((place, run.sequence) for place, _, run in _placed(members))[-rule.keep :]
        for sequence in (*(number for _, number in newest), *(run.sequence for run in members[-rule.keep :])):
            stay.setdefault(sequence, f"among the newest {rule.keep} of a series")
    for members in by_series.values():
        for _, before, run in _placed(members):
            if before is not None and run.position is None and run.sequence in stay:
                stay.setdefault(before.sequence, "a later run without a position stands behind it")
    return stay


def _reason(run: Stored, rule: Rule, needed: set[str]) -> str:
    if run.id in needed:
        return "a baseline stands on it"
    if rule.before is not None and run.when is None:
        return "it does not say when it was measured"
    if rule.before is not None and run.when is not None and run.when >= rule.before:
        return "younger"
    return ""


def _placed(members: Iterable[Stored]) -> Iterator[tuple[int, Stored | None, Stored]]:
    """Yield each run of a series with its place among the points, and the run whose place it shares.

    A run without a position stands behind the furthest position seen before it; who holds that must not go.
    """
    furthest, holder = -1, None
    for run in members:
        if run.position is None:
            yield furthest, holder, run
        else:
            yield run.position, None, run
            if run.position > furthest:
                furthest, holder = run.position, run


def counted(stay: Mapping[int, str]) -> tuple[str, ...]:
    """Return how many stay for which reason."""
    return tuple(f"{count}: {reason}" for reason, count in sorted(Counter(stay.values()).items()))


def leaving_baselines(entries: Sequence[BaselineEntry], succession: Sequence[str], rule: Rule) -> list[str]:
    """Return the ids of the baselines of a scenario x platform that go; `entries` come in order of capture.

    The current one stays, and the one that rolling back would make current again.
    """
    current = {e.id for e in entries if e.state is State.CURRENT}
    earlier = [name for name in succession if name not in current]
    stay = current | set(earlier[-1:]) | {e.id for e in entries[-rule.keep :]}
    return [e.id for e in entries if e.id not in stay and (rule.before is None or e.created < rule.before)]


def leaving_jobs(jobs: Iterable[Job], rule: Rule) -> list[str]:
    """Return the ids of the jobs that go: ended ones beyond the newest."""
    ended = sorted((j for j in jobs if j.state in ENDED), key=lambda j: (j.updated, j.id))
    old = ended[: -rule.keep] if rule.keep < len(ended) else []
    return [j.id for j in old if rule.before is None or j.updated < rule.before]
