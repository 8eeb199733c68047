"""What completes an argument of a prompt or of a resource's address: what the store holds."""

from collections.abc import Callable, Iterable
from typing import Any

import anyio
import anyio.to_thread
from mcp.server import MCPServer
from mcp_types import Completion

from dart_perf.errors import PerfError
from dart_perf.report.visible import visible
from dart_perf.store.contract import Store
from dart_perf.workflows.project import Opening

MOST_VALUES = 100
"""Values that one completion may hold, by the protocol."""
SOURCES: dict[tuple[str, str], Callable[[Store], Iterable[str]]] = {
    ("investigate-regression", "benchmark"): lambda store: (entry.benchmark.label for entry in store.series()),
    ("perf://baselines/{scenario}", "scenario"): lambda store: (entry.scenario for entry in store.baselines()),
    ("perf://runs/{id}", "id"): lambda store: reversed(store.run_ids()),
    ("perf://series/{id}", "id"): lambda store: (entry.id for entry in store.series()),
}
"""By prompt or address, and argument: what is there, the most useful first."""


def add_completion(server: MCPServer[None], opened: Opening) -> None:
    """Let clients complete arguments; one that is not known, and a store that cannot be read, give no values."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK's
    async def complete(ref: Any, argument: Any, _context: Any) -> Completion | None:
        source = SOURCES.get((str(getattr(ref, "name", "") or getattr(ref, "uri", "")), argument.name))
        return None if source is None else await anyio.to_thread.run_sync(_found, opened, source, argument.value)


def _found(opened: Opening, source: Callable[[Store], Iterable[str]], start: str) -> Completion | None:
    try:
        values = [visible(value) for value in dict.fromkeys(source(opened().store)) if value.startswith(start)]
    except PerfError:
        return None
    return Completion(values=values[:MOST_VALUES], total=len(values), has_more=len(values) > MOST_VALUES)
