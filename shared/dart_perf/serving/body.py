"""Bodies of requests: read up to a bound and a deadline, or thrown away."""

from collections.abc import Mapping
from typing import Any

import anyio
from starlette.types import Receive

from dart_perf.serving.answers import Answer, plain
from dart_perf.serving.limits import BODY_BYTES, BODY_SECONDS, LINGER_SECONDS


async def read(headers: Mapping[bytes, bytes], receive: Receive) -> bytes | Answer:
    """Return the whole body, or the answer to a request whose body is too large, too slow or cut off."""
    too_large = plain(413, f"a request's body may have {BODY_BYTES:,} bytes. Tools take names of files, not contents.")
    if _declared(headers) > BODY_BYTES:
        return too_large
    body = bytearray()
    with anyio.move_on_after(BODY_SECONDS):
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return plain(400, "the request ended before its body did.")
            body += message.get("body", b"")
            if len(body) > BODY_BYTES:
                return too_large
            if not message.get("more_body", False):
                return bytes(body)
    return plain(408, f"a request's body may take {BODY_SECONDS:g} s.")


def _declared(headers: Mapping[bytes, bytes]) -> int:
    said = headers.get(b"content-length", b"")
    return int(said) if said.isdigit() else 0  # what is no number is refused by the HTTP parser


async def discard(receive: Receive) -> None:
    """Read what the client still sends and throw it away, for a moment: else it is reset and never sees the answer."""
    with anyio.move_on_after(LINGER_SECONDS):
        more: Any = True
        while more:
            message = await receive()
            more = message["type"] != "http.disconnect" and message.get("more_body", False)
