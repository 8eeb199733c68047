"""Columns of a store, as its points say them one by one and as they are answered."""

from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

from dart_perf.model.baseline import BaselineEvent
from dart_perf.model.measurement import Run
from dart_perf.model.series import Columns, Reduction
from dart_perf.store import open_store
from dart_perf.store.contract import Store

ARun = Callable[..., Run]
Event = Callable[..., BaselineEvent]


def _mean(_metric: str, samples: Any, processes: Any) -> float:
    assert len(processes) in {0, len(samples)}
    return fmean(samples)


MEAN = Reduction("mean/1", _mean)


class Counted:
    """A reduction that knows how many values it made."""

    def __init__(self) -> None:
        self.made = 0
        self.reduction = Reduction("mean/1", self._value)

    def _value(self, metric: str, samples: Any, processes: Any) -> float:
        self.made += 1
        return _mean(metric, samples, processes)


def plain(store: Store) -> dict[str, list[tuple[float, str, str | None, int | None]]]:
    """Return every series as its points say it, one by one."""
    return {
        entry.id: [(fmean(p.samples), p.run, p.commit, p.position) for p in store.points(entry.id)]
        for entry in store.series()
    }


def seen(found: Columns) -> dict[str, list[tuple[float, str, str | None, int | None]]]:
    """Return every series as the columns say it."""
    assert {entry.id for entry in found.entries} == set(found.values)
    assert [-1 if at.position is None else at.position for at in found.locations] == found.positions.tolist()
    return {
        name: [
            (value, *found.locations[place])
            for value, place in zip(values.tolist(), found.places[name].tolist(), strict=True)
        ]
        for name, values in found.values.items()
    }


def again(store: Store) -> Store:
    """Return the store as another process opens it."""
    return open_store(store.url)


def cache(folder: Path) -> Path:
    return folder / "cache" / "values.columns"


def fill(store: Store, a_run: ARun, count: int = 6, series: int = 3) -> None:
    for number in range(count):
        store.append_runs([a_run(number, series=series)], position=number)
