"""Requests that are being answered, so that the end of the process can answer those that are still open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import orjson
from mcp_types import INTERNAL_ERROR
from starlette.types import Message, Send

from dart_perf.serving.answers import error

ENDING = "the server ended before the answer was there. What was asked may have been done: look before asking again."


@dataclass(eq=False, slots=True)
class Exchange:
    """One request and what has been answered so far."""

    send: Send
    identity: Any
    """The id of the message, None for what is answered by a stream without an end."""
    streams: bool
    """Whether it is such a stream."""
    started: Message | None = None
    complete: bool = False
    done: anyio.Event = field(default_factory=anyio.Event)
    """Set when nothing more will be sent."""

    async def __call__(self, message: Message) -> None:
        """Send a part of the answer, unless the exchange was ended."""
        if self.complete:
            return
        if message["type"] == "http.response.start":
            self.started = message
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self.send(message)
        if self.complete:
            self.done.set()

    async def end(self) -> None:
        """Answer by an error in whatever form the answer has begun; a stream just ends."""
        refused = error(503, INTERNAL_ERROR, ENDING, self.identity)
        if self.complete:
            return
        if self.started is None:
            await self(refused.start())
            last = refused.content()
        else:
            last = b"" if self.streams else b"event: message\r\ndata: " + orjson.dumps(refused.body) + b"\r\n\r\n"
        await self({"type": "http.response.body", "body": last, "more_body": False})


@dataclass(slots=True)
class Exchanges:
    """All that are open."""

    open: set[Exchange] = field(default_factory=set)

    @contextmanager
    def holding(self, exchange: Exchange) -> Iterator[Exchange]:
        """Keep an exchange while it is answered."""
        self.open.add(exchange)
        try:
            yield exchange
        finally:
            self.open.discard(exchange)
            exchange.done.set()

    async def drain(self, seconds: float) -> None:
        """End streams at once, wait for answers at most `seconds`, answer the others by an error."""
        for exchange in [exchange for exchange in self.open if exchange.streams]:
            await exchange.end()
        with anyio.move_on_after(seconds):
            for exchange in list(self.open):
                await exchange.done.wait()
        for exchange in list(self.open):
            await exchange.end()
