"""Results of slow statistics, remembered by the content of what they were computed from.

    METHOD = Method("change-points", tuple[ChangePoint, ...], change_points)
    calls = [Call((series.values,), {"min_effect": 0.03}) for series in selection.series]
    found = remembered(project, METHOD, calls, progress)  # found[i] is what calls[i] gives

One batch a query: the file of the cache is read once (only where memory lacks a result) and appended to once in a
while. A result is known by its method, its arguments and the code that computes it (`code_version`), so nothing has
to be invalidated: a series that grew, a margin that changed, another version of dart-perf make other keys.
"""

import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from dart_perf.model.record import canonical
from dart_perf.store.contract import Store
from dart_perf.workflows.code_version import LIBRARIES, STATISTICS, code_version
from dart_perf.workflows.project import Progress, Project, silent

if TYPE_CHECKING:
    import numpy.typing as npt

R = TypeVar("R")
KNOWN = 20_000
"""Results that stay in memory, in all: four methods over 5,000 series; some 40 MB of judgements."""
KEPT = 256
"""Results that are computed before they are written: what an interrupted first query has done, the next one finds."""


@dataclass(frozen=True, slots=True)
class Method(Generic[R]):
    """A pure function of arrays and plain parameters."""

    name: str
    """Names the file of the cache: letters, digits and hyphens."""
    result: Any
    """Its result: a record, or e.g. `tuple[ChangePoint, ...]`."""
    compute: Callable[..., R]
    """Called with the arrays of a call in order, and its parameters by name."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """What a method is called with."""

    arrays: tuple["npt.NDArray[Any]", ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Plain JSON values by name; defaults that are not given are part of the code."""


class _Memory:
    """The results of one store that were used last."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Any] = OrderedDict()
        self._guard = threading.Lock()

    def found(self, keys: Sequence[str]) -> dict[str, Any]:
        with self._guard:
            there = {key: self._known[key] for key in keys if key in self._known}
            for key in there:
                self._known.move_to_end(key)
            return there

    def add(self, results: Mapping[str, Any]) -> None:
        with self._guard:
            self._known.update(results)
            while len(self._known) > KNOWN:
                self._known.popitem(last=False)


_memories: weakref.WeakKeyDictionary[Store, _Memory] = weakref.WeakKeyDictionary()


def remembered(
    project: Project, method: Method[R], calls: Sequence[Call], progress: Progress = silent
) -> tuple[R, ...]:
    """Return the result of every call, computing those that are not known yet.

    What `compute` raises is passed on; what was computed before it stays known. `progress` is told of every call that
    is computed, by "change-points of 120 of 1000 series" in steps.
    """
    memory, keys = _memories.setdefault(project.store, _Memory()), [_key(method, call) for call in calls]
    found = memory.found(keys)
    missing = {key: call for key, call in zip(keys, calls, strict=True) if key not in found}
    if missing:
        read = _read(project.store, method, list(missing))
        computed = _computed(project.store, method, {k: c for k, c in missing.items() if k not in read}, progress)
        found |= read | computed
        memory.add(found)
    return tuple(found[key] for key in keys)


def _key(method: Method[R], call: Call) -> str:
    head = canonical(
        [
            code_version(*STATISTICS, libraries=LIBRARIES),
            method.name,
            dict(call.parameters),
            [[a.dtype.str, a.shape] for a in call.arrays],
        ]
    )
    key = hashlib.blake2b(head, digest_size=16)
    for array in call.arrays:
        key.update(array.tobytes())
    return key.hexdigest()


@lru_cache(maxsize=64)
def _adapter(result: Any) -> TypeAdapter[Any]:
    return TypeAdapter(result)


def _read(store: Store, method: Method[R], keys: Sequence[str]) -> dict[str, R]:
    adapter, found = _adapter(method.result), dict[str, R]()
    for key, content in store.recall(method.name, keys).items():
        try:
            found[key] = adapter.validate_json(content)
        except ValidationError:  # disposable: computed again
            continue
    return found


def _reads_back(adapter: TypeAdapter[Any], content: bytes, result: object) -> bool:
    """Return whether the text is the result: JSON has no infinity, and what is read must be what was computed."""
    try:
        return bool(adapter.validate_json(content) == result)
    except ValidationError:
        return False


def _computed(store: Store, method: Method[R], calls: Mapping[str, Call], progress: Progress) -> dict[str, R]:
    adapter, found, unwritten = _adapter(method.result), dict[str, R](), dict[str, bytes]()
    try:
        for done, (key, call) in enumerate(calls.items()):
            progress(done, len(calls), f"computing {method.name} of series")
            found[key] = method.compute(*call.arrays, **call.parameters)
            content = adapter.dump_json(found[key])
            if _reads_back(adapter, content, found[key]):
                unwritten[key] = content
            if len(unwritten) >= KEPT:
                store.keep(method.name, unwritten)
                unwritten = {}
    finally:
        if unwritten:
            store.keep(method.name, unwritten)
    return found
