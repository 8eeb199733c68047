"""One connection: uvicorn's, with the bounds that it does not have."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

from dart_perf.serving.limits import CONNECTIONS, HEADER_SECONDS


class Connection(H11Protocol):
    """A connection that must bring the head of its next request in time, and is one of a bounded number.

    uvicorn ends a connection that is silent between two requests, and waits for ever for one that sends its first, or
    the head of its next, byte by byte.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Accept it, unless too many are open."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
        else:
            self._wait()

    def data_received(self, data: bytes) -> None:
        """Take data; what was waited for may be complete now."""
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._deadline = self.loop.call_later(HEADER_SECONDS, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
