"""How a server over HTTP ends: answers in flight are given, streams end, within a second, with a status."""

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.conftest import Toy
from tests.servers.web import ACCEPTED, Answer, Served, asking, modern, served

WITHIN_SECONDS = 5.0
"""What a test asks for on a machine that does other things too; benchmarks/attacks.py measures the second."""
SIGNALS = [(signal.SIGTERM, 0), (signal.SIGINT, 130)]


def ended(server: Served, number: signal.Signals) -> tuple[int, float]:
    """Send the signal; return the exit status and the seconds until it was there."""
    started = time.monotonic()
    server.process.send_signal(number)
    return server.process.wait(timeout=30), time.monotonic() - started


class Asking:
    """A request whose answer is waited for in a thread."""

    def __init__(self, ask: Callable[[], Answer]) -> None:
        self.answers: list[Answer] = []
        self.thread = threading.Thread(target=lambda: self.answers.append(ask()))
        self.thread.start()

    def answer(self) -> Answer:
        self.thread.join(timeout=30)
        return self.answers[0]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_an_idle_server_ends(
    tmp_path: Path, command_environment: dict[str, str], number: signal.Signals, status: int
) -> None:
    with served(tmp_path, command_environment) as server, closing(server.connect()) as kept:
        kept.request("GET", "/health")
        kept.getresponse().read()
        found, seconds = ended(server, number)
    assert found == status
    assert seconds < WITHIN_SECONDS


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_streams_end_and_waiting_calls_get_their_job(
    toy: Toy, command_environment: dict[str, str], number: signal.Signals, status: int
) -> None:
    gate = toy.root / "gate"
    os.mkfifo(gate)
    program = toy.root / "toy.py"
    program.write_text(f"open({str(gate)!r}).read()\n" + program.read_text())
    given = {"scenario": "toy", "why": "x", "wait_seconds": 600}
    old = {"name": "capture_baseline", "arguments": given}
    with served(toy.root, command_environment) as server, ExitStack() as opened:
        session = server.open_session()
        listening, subscribing = (opened.enter_context(closing(server.connect())) for _ in range(2))
        listening.request("GET", "/mcp", headers=session)
        stream = listening.getresponse()
        listen = asking("subscriptions/listen", notifications={"toolsListChanged": True})
        subscribing.request("POST", "/mcp", json.dumps(listen), ACCEPTED | modern("subscriptions/listen"))
        subscribed = subscribing.getresponse()
        asked = {"jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": old}
        calls = [Asking(lambda: server.call("capture_baseline", given)), Asking(lambda: _post(server, session, asked))]
        with socket.create_connection(server.address) as half:
            half.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
            job = _waits_at(gate)
            found, seconds = ended(server, number)
        assert "acknowledged" in subscribed.read().decode()
        stream.read()
    assert found == status
    assert seconds < WITHIN_SECONDS
    for call in calls:
        assert "call job(id='job-" in call.answer().said(), call.answer()
    os.close(job)


def _post(server: Served, session: dict[str, str], message: object) -> Answer:
    return server.ask("POST", "/mcp", session, message)


def _waits_at(gate: Path) -> int:
    """Wait until the measured program waits for the gate, and hold it there; return the open end."""
    return os.open(gate, os.O_WRONLY)


STUCK = """
import sys, threading
from typing import Annotated
from pydantic import Field
from dart_perf.model.answer import ImportReport
from dart_perf.serving import READS, Arguments, Server, serve, tool

def build_server(opened):
    arguments = Arguments()
    server = Server("stuck", "", arguments)

    @tool(server, arguments, READS)
    def work() -> ImportReport:
        \"\"\"Work for ever.\"\"\"
        (opened().root / "started").touch()
        threading.Event().wait()

    return server

serve(build_server, "stuck", 8009)
"""


@pytest.mark.parametrize("era", ["old", "new"])
def test_what_cannot_be_finished_is_answered_with_an_error(
    tmp_path: Path, command_environment: dict[str, str], era: str
) -> None:
    (tmp_path / "stuck.py").write_text(STUCK)
    environment = command_environment | {"PYTHONPATH": str(tmp_path)}
    with served(tmp_path, environment, "stuck") as server:
        if era == "new":
            call = Asking(lambda: server.call("work", {}))
        else:
            session = server.open_session()
            asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "work", "arguments": {}}}
            call = Asking(lambda: _post(server, session, asked))
        while not (tmp_path / "started").exists():
            assert server.process.poll() is None
        found, seconds = ended(server, signal.SIGTERM)
    assert found == 0
    assert seconds < WITHIN_SECONDS
    message = call.answer().message()
    assert message["id"] == 1
    assert "the server ended before the answer was there" in message["error"]["message"]
