"""The time that all scenarios of a call may be measured for, and each one's part of it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """Seconds that are left, and the clock that tells how many go by."""

    left: float
    clock: Callable[[], float] = time.monotonic

    def share(self, scenarios: int) -> "Share":
        """Return the part of one of `scenarios` that are still to be measured."""
        return Share(self, self.left / scenarios)


@dataclass(frozen=True, slots=True)
class Share:
    """One scenario's part; what it leaves is the others', and what it takes beyond it is not taken from theirs."""

    budget: Budget
    seconds: float

    @contextmanager
    def spent(self) -> Iterator[float]:
        """Give the seconds; the time until the block ends is taken from the budget, however it ends."""
        begun = self.budget.clock()
        try:
            yield self.seconds
        finally:
            self.budget.left -= min(self.seconds, self.budget.clock() - begun)
