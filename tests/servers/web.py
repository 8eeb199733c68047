"""A real server process on a free port of loopback, and plain HTTP spoken to it, without a client library's help."""

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 -- of servers that live as long as a test
ACCEPTED = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
LEGACY, MODERN = "2025-11-25", "2026-07-28"


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    def message(self) -> dict[str, Any]:
        """Return the JSON-RPC message, the last one of an event stream."""
        found = re.findall(r"^data: (\{.*)$", self.text, re.MULTILINE) or [self.text]
        return dict(json.loads(found[-1]))

    def said(self) -> str:
        """Return the text of a tool's answer."""
        return "\n".join(block["text"] for block in self.message()["result"]["content"])


@dataclass(frozen=True)
class Served:
    """A server process that listens."""

    process: subprocess.Popen[str]
    url: str

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(*self.address, timeout=60)

    def ask(
        self, method: str = "GET", path: str = "/health", headers: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        """Send one request on a connection of its own; a `body` that is no text or bytes is sent as JSON."""
        sent = body if body is None or isinstance(body, str | bytes) or hasattr(body, "__next__") else json.dumps(body)
        connection = self.connect()
        try:
            connection.request(method, path, body=sent, headers=dict(headers or {}))
            response = connection.getresponse()
            named = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, named, response.read().decode())
        finally:
            connection.close()

    def open_session(self, **headers: str) -> dict[str, str]:
        """Open a session of the old era; return the headers that its requests carry."""
        answer = self.ask("POST", "/mcp", ACCEPTED | headers, initialize())
        assert answer.status == 200, answer
        return ACCEPTED | headers | {
            "Mcp-Session-Id": answer.headers["mcp-session-id"],
            "MCP-Protocol-Version": LEGACY,
        }  # fmt: skip

    def call(self, tool: str, arguments: Mapping[str, Any], **headers: str) -> Answer:
        """Call a tool in the new era: one request, no session."""
        return self.ask("POST", "/mcp", ACCEPTED | modern("tools/call", tool) | headers, calling(tool, arguments))


def initialize() -> dict[str, Any]:
    client = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}


def modern(method: str, name: str | None = None) -> dict[str, str]:
    """Return the headers of a request of the new era."""
    return {"MCP-Protocol-Version": MODERN, "Mcp-Method": method, **({"Mcp-Name": name} if name else {})}


def asking(method: str, **params: Any) -> dict[str, Any]:
    """Return a request of the new era with its envelope."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}


def calling(tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return asking("tools/call", name=tool, arguments=dict(arguments))


@contextmanager
def served(
    root: Path, environment: Mapping[str, str], module: str = "performance_monitor", *arguments: str
) -> Iterator[Served]:
    """Start a server on a free port, wait until it says where, and end it."""
    argv = [sys.executable, "-m", module, "--http", "--port", "0", *arguments]
    with subprocess.Popen(argv, cwd=root, env=dict(environment), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        found = re.search(r"http://\S+:\d+", said)
        assert found, said + process.stderr.read()
        try:
            yield Served(process, found[0])
        finally:
            process.kill()
