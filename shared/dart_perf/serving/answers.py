"""Answers that are given without asking the MCP server."""

from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, JSON and headers."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    def start(self) -> dict[str, Any]:
        """Return the ASGI message that begins it."""
        said = {
            "content-type": "application/json",
            "content-length": str(len(self.content())),
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        } | self.headers
        headers = [(name.encode(), value.encode()) for name, value in said.items()]
        return {"type": "http.response.start", "status": self.status, "headers": headers}

    def content(self) -> bytes:
        """Return the body's bytes."""
        return orjson.dumps(self.body)


def plain(status: int, text: str, **headers: str) -> Answer:
    """Return an answer to a request that never was a message: its connection ends with it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"error": text}, {"connection": "close"} | named)


def error(status: int, code: int, text: str, identity: Any = None) -> Answer:
    """Return a JSON-RPC error; `identity` is the id of the message where it is known."""
    return Answer(status, {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": text}})
