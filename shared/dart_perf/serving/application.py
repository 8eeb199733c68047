"""The ASGI application: guard, body, message, and then the SDK's own."""

from dataclasses import dataclass, field

from mcp_types import PARSE_ERROR
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dart_perf.serving import body, messages
from dart_perf.serving.answers import Answer, error
from dart_perf.serving.exchanges import Exchange, Exchanges
from dart_perf.serving.guard import HEALTH, Guard

LISTEN = "subscriptions/listen"
"""The one request that is answered by a stream without an end (2026-07-28)."""


@dataclass(frozen=True, slots=True)
class Application:
    """What one server answers over HTTP."""

    guard: Guard
    mcp: ASGIApp
    """The SDK's application for both eras of the protocol."""
    health: dict[str, str]
    """What /health says; nothing that is not public."""
    exchanges: Exchanges = field(default_factory=Exchanges)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        refused = self.guard.refusal(scope["method"], scope["path"], headers)
        if refused is not None:
            await _refuse(refused, receive, send)
        elif scope["path"] == HEALTH:
            await _answer(Answer(200, self.health), send)
        elif scope["method"] == "POST":
            await self._post(scope, headers, receive, send)
        else:
            await self._exchange(scope, receive, Exchange(send, None, streams=scope["method"] == "GET"))

    async def _post(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        content = await body.read(headers, receive)
        if isinstance(content, Answer):
            await _refuse(content, receive, send)
            return
        message, problem = messages.read(content)
        if problem:
            await _answer(error(400, PARSE_ERROR, f"the message is refused: {problem}. {messages.STRICT}"), send)
            return
        named = message if isinstance(message, dict) else {}
        exchange = Exchange(send, named.get("id"), streams=named.get("method") == LISTEN)
        await self._exchange(scope, _Replay(content, receive), exchange)

    async def _exchange(self, scope: Scope, receive: Receive, exchange: Exchange) -> None:
        with self.exchanges.holding(exchange):
            await self.mcp(scope, receive, exchange)


@dataclass(slots=True)
class _Replay:
    """A body that was read, as if it came now; after it, whatever the client does."""

    content: bytes | None
    receive: Receive

    async def __call__(self) -> Message:
        if self.content is None:
            return await self.receive()
        content, self.content = self.content, None
        return {"type": "http.request", "body": content, "more_body": False}


async def _answer(answer: Answer, send: Send) -> None:
    await send(answer.start())
    await send({"type": "http.response.body", "body": answer.content(), "more_body": False})


async def _refuse(answer: Answer, receive: Receive, send: Send) -> None:
    """Answer, and take what the client still sends before the connection is closed."""
    await send(answer.start())
    await send({"type": "http.response.body", "body": answer.content(), "more_body": True})
    await body.discard(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})
