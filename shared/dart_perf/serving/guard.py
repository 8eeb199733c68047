"""Who may speak to a server over HTTP: decided from the head of a request, before any of its body is read.

A page of a foreign site can make a browser send requests here, also under a name of its own that suddenly resolves to
this machine (DNS rebinding). The Host header then carries that name, the Origin header that site; both are refused.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from dart_perf.serving import token
from dart_perf.serving.answers import Answer, plain
from dart_perf.serving.closing import PROCESS

MCP, HEALTH = "/mcp", "/health"
METHODS = {MCP: ("POST", "GET", "DELETE"), HEALTH: ("GET", "HEAD")}


@dataclass(frozen=True, slots=True)
class Guard:
    """What is asked of every request."""

    names: frozenset[str]
    token: bytes | None

    def refusal(self, method: str, path: str, headers: dict[bytes, bytes]) -> Answer | None:
        """Return the answer to a request that is not served, None for one that is."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        origin = headers.get(b"origin", b"").decode("latin-1").lower()
        if _hostname(host) not in self.names:
            return plain(421, "this server is not known under the name that the Host header gives. See --allowed-host.")
        if origin and origin not in (f"http://{host}", f"https://{host}"):
            return plain(403, "requests from pages of another origin are refused.")
        if path not in METHODS:
            return plain(404, f"nothing is here. MCP is spoken at {MCP}; {HEALTH} says whether the server runs.")
        if method not in METHODS[path]:
            return plain(405, f"allowed are {', '.join(METHODS[path])}.", allow=", ".join(METHODS[path]))
        if path != HEALTH and self.token is not None:
            return self._unknown(headers.get(b"authorization"))
        return plain(503, "the server is ending. Start it again.") if PROCESS.begun else None

    def _unknown(self, header: bytes | None) -> Answer | None:
        if self.token is None or token.carries(header, self.token):
            return None
        wrong = ', error="invalid_token"' if header else ""  # RFC 6750, 3.1: no error where no token was tried
        challenge = f'Bearer realm="dart-perf"{wrong}'
        return plain(401, "send Authorization: Bearer TOKEN with this server's token.", www_authenticate=challenge)


def _hostname(host: str) -> str | None:
    """Return the name in a Host header, without port and brackets; None where it is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    return parts.hostname if parts.netloc == host and not parts.username and "@" not in host else None
