"""Names for entries: from the place something was found in, each once."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from dart_perf.measure.catalogue import BUILT_IN
from dart_perf.model.setup import Proposal

LONGEST = 56
"""Characters of a name before a number is added; a scenario's name has at most 64."""


def name_of(path: PurePosixPath) -> str:
    """Return a scenario's name for a file or folder."""
    parts = [part for part in path.with_suffix("").parts if part not in {"src", "."}]
    name = re.sub(r"[^A-Za-z0-9-]+", "_", "_".join(parts)).strip("_-")
    return name[-LONGEST:].lstrip("_-") or "benchmark"


def distinct(proposals: Iterable[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals with a number added to a name that is taken: by one before it, or by a built-in scenario."""
    taken = set(BUILT_IN)
    made = []
    for proposal in proposals:
        name, number = proposal.name, 1
        while name in taken:
            number += 1
            name = f"{proposal.name}_{number}"
        taken.add(name)
        made.append(proposal if name == proposal.name else proposal.model_copy(update={"name": name}))
    return tuple(made)
