"""Series with what is known of them: the selection of a query, its movements remembered, machines told from code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from dart_perf.analysis.movement import SMALLEST, movement_of
from dart_perf.analysis.succession import environment_patterns, successions
from dart_perf.analysis.together import groups_of, moves_together, without_common
from dart_perf.analysis.trend import Shared, Told, shared, tell, tell_apart
from dart_perf.model.series import Selection
from dart_perf.model.trend import Movement, Pattern
from dart_perf.stats.samples import Floats
from dart_perf.workflows.memo import Call, Method, remembered
from dart_perf.workflows.project import Progress, Project, silent

MOVEMENT = Method("movement", Movement, movement_of)


@dataclass(frozen=True, slots=True)
class Reading:
    """A selection with what is known of each of its series."""

    selection: Selection
    told: tuple[Told, ...]
    """One a series, in the selection's order."""
    patterns: Mapping[int, tuple[Pattern, ...]]
    """What other series of the same benchmark tell, by index of the series."""
    groups: tuple[Shared, ...]
    """What the benchmarks of a machine did together."""


def read_trends(
    project: Project, selection: Selection, *, min_effect: float = SMALLEST, progress: Progress = silent
) -> Reading:
    """Return what is known of the series of a selection; what was computed before is not computed again."""
    remember = partial(movements, project, min_effect=min_effect, progress=progress)
    series, locations = selection.series, selection.locations
    raw = remember([one.values for one in series])
    told = [tell(one, movement, locations) for one, movement in zip(series, raw, strict=True)]
    groups = groups_of(selection)
    common = remember([np.exp(group.common) for group in groups])
    found: list[Shared] = []
    for group, movement in zip(groups, common, strict=True):
        together = moves_together(group, movement)
        if together is None:
            continue
        those = shared(together)
        found.append(those)
        own = remember([without_common(series[index], together) for index in group.members])
        for member, index in enumerate(group.members):
            told[index] = tell_apart(series[index], raw[index], own[member], (those, member), locations)
    return Reading(selection, tuple(told), _environments(project, selection), tuple(found))


def movements(
    project: Project, values: Sequence[Floats], *, min_effect: float = SMALLEST, progress: Progress = silent
) -> tuple[Movement, ...]:
    """Return the movement of each series of values; what was computed before is not computed again."""
    calls = [Call((one,), {"min_effect": min_effect}) for one in values]
    return remembered(project, MOVEMENT, calls, progress)


def _environments(project: Project, selection: Selection) -> dict[int, tuple[Pattern, ...]]:
    """Return where the environment changed; one run of each environment is read to name what differs."""
    found = successions(selection.series, selection.locations)
    runs: dict[str, str] = {}
    for one in found:
        runs.setdefault(selection.series[one.old].entry.fingerprint, one.old_run)
        runs.setdefault(selection.series[one.new].entry.fingerprint, one.new_run)
    known = {fingerprint: project.store.run(run).environment for fingerprint, run in runs.items()}
    return environment_patterns(found, selection.series, selection.locations, known)
