"""The time that all scenarios of a call may be measured for, and each one's part of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Budget:
    """Seconds that are left, and the clock that tells how many go by."""

    left: float
    clock: Callable[[], float]

    def share(self, scenarios: int) -> "Share":
        """Return the part of one of `scenarios` that are still to be measured."""
        return Share(self, self.left / scenarios)


@dataclass(frozen=True, slots=True)
class Share:
    """One scenario's part; what it leaves is the others', and what it takes beyond it is not taken from theirs."""

    budget: Budget
    seconds: float

    @contextmanager
    def spent(self) -> Iterator["Timer"]:
        """Start it; the time until the block ends is taken from the budget, however it ends."""
        timer = Timer(self.seconds, self.budget.clock, self.budget.clock())
        try:
            yield timer
        finally:
            self.budget.left -= min(self.seconds, timer.gone())


@dataclass(frozen=True, slots=True)
class Timer:
    """Some seconds that began to run out."""

    seconds: float
    clock: Callable[[], float]
    begun: float

    def gone(self) -> float:
        """Return how many seconds went by; more than there were where something took longer."""
        return self.clock() - self.begun

    def left(self) -> float:
        """Return how many seconds are left, below 0 where something took longer."""
        return self.seconds - self.gone()
