"""What is tried against a real server on loopback, and what it answers.

python benchmarks/attacks.py > benchmarks/results/attacks.md

Each line is one request (or a flood of them) to a server process of its own project; after each the server must still
answer. Bounded: 64 MB three times, as many connections and sessions as are allowed and one more, a minute in all.
"""

import argparse
import json
import os
import re
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dart_perf.serving.limits import CONNECTIONS, SESSIONS

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tests.servers.web import ACCEPTED, TOKEN, Answer, Served, asking, calling, initialize, modern, served

MEGABYTE = 1024 * 1024
UNTRUSTED = '[scenario.evil]\nargv = ["touch", "{root}/pwned"]\nmetrics = ["cpu_time"]\n'
NAMED = {
    "schema": "dart-perf/results/1",
    "producer": "attack",
    "measurements": [
        {
            "benchmark": {"name": "<script>alert(1)</script>|`x`"},
            "metric": {"name": "cpu_time", "unit": "s"},
            "samples": [1.0, 1.1, 1.2],
        }
    ],
}
WORDS = 150
"""Characters of an answer that are shown."""
Attack = Callable[[Served], Answer]


def post(body: Any, headers: dict[str, str] | None = None) -> Attack:
    return lambda server: server.ask("POST", "/mcp", ACCEPTED | (headers or {}), body)


def call(tool: str, **arguments: Any) -> Attack:
    return lambda server: server.call(tool, arguments)


def chunks() -> Iterator[bytes]:
    yield from (b" " * MEGABYTE for _ in range(64))


def in_a_call(text: str) -> Attack:
    body = json.dumps(calling("list_baselines", {"scenario": "@"})).replace('"@"', text)
    return post(body, modern("tools/call", "list_baselines"))


def sessions(server: Served) -> Answer:
    for _ in range(SESSIONS + 1):
        answer = server.ask("POST", "/mcp", ACCEPTED, initialize())
        if answer.status != 200:
            return answer
    raise SystemExit("sessions are not bounded")


def unprintable(server: Served) -> Answer:
    """Call a tool whose name, quoted in the answer, would colour a terminal, ring its bell and turn its text round."""
    asked = {"name": "\x1b[31mred\x1b[0m \x07bell \u202eback", "arguments": {}}
    body = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": asked}
    answer = server.ask("POST", "/mcp", server.open_session(), body)
    if {"\x1b", "\x07", "\u202e"} & set(answer.said()):
        raise SystemExit(f"control characters got through: {answer}")
    return answer


def raw(first: bytes) -> Attack:
    """Send the beginning of a request and wait for what the server does about it."""

    def attack(server: Served) -> Answer:
        started = time.monotonic()
        with socket.create_connection(server.address, timeout=60) as connection:
            connection.sendall(first)
            with connection.makefile("rb") as incoming:
                said = incoming.read().decode()
        status = int(said.split()[1]) if said else 0
        waited = f"connection closed after {time.monotonic() - started:.0f} s"
        return Answer(status, {}, f"{said.rpartition(chr(10))[2]} ({waited})".strip())

    return attack


def connections(server: Served) -> Answer:
    held = [socket.create_connection(server.address, timeout=60) for _ in range(CONNECTIONS)]
    try:
        with socket.create_connection(server.address, timeout=60) as more:
            return Answer(0, {}, "the last one is closed" if not more.recv(1) else "it was served")
    except ConnectionResetError:
        return Answer(0, {}, "the last one is reset")
    finally:
        for connection in held:
            connection.close()


HALF = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n"
OPEN: dict[str, Attack] = {
    "DNS rebinding: `Host: evil.example`": post(initialize(), {"Host": "evil.example"}),
    "DNS rebinding of /health": lambda server: server.ask(headers={"Host": "evil.example"}),
    "a name that begins like ours: `Host: localhost.evil.example`": post(
        initialize(), {"Host": "localhost.evil.example"}
    ),
    "foreign `Origin: http://evil.example`": post(initialize(), {"Origin": "http://evil.example"}),
    "`Origin: null` (a sandboxed page, a file)": post(initialize(), {"Origin": "null"}),
    "another port of this machine: `Origin: http://localhost:3000`": post(initialize(), {"Origin": "http://localhost:3000"}),
    "64 MB body, declared": post(b" " * (64 * MEGABYTE)),
    "64 MB body in chunks, without Content-Length": lambda s: s.ask("POST", "/mcp", ACCEPTED, chunks()),
    "10,000 levels of JSON": in_a_call("[" * 10_000 + "]" * 10_000),
    "65 levels of JSON": in_a_call("[" * 65 + "]" * 65),
    "NaN": in_a_call("NaN"),
    "1e999": in_a_call("1e999"),
    "half of a surrogate pair": in_a_call('"\\ud800"'),
    "a string of 1 MB": in_a_call(json.dumps("x" * MEGABYTE)),
    "200,000 samples": in_a_call(json.dumps([1.0] * 200_000)),
    "path traversal: `../secret.json`": call("import_results", path="../secret.json"),
    "absolute path: `/etc/passwd`": call("import_results", path="/etc/passwd"),
    "symbolic link to a file outside": call("import_results", path="link.json"),
    "symbolic link to a folder outside": call("import_results", path="linked/secret.json"),
    "traversal in the template of a resource": lambda server: server.ask(
        "POST", "/mcp", ACCEPTED | modern("resources/read", "perf://runs/..%2F..%2Fsecret"),
        asking("resources/read", uri="perf://runs/..%2F..%2Fsecret"),
    ),
    'argv smuggling: `scenario="--help"`': call("capture_baseline", scenario="--help", why="x"),
    'shell smuggling: `scenario="x; touch pwned"`': call("capture_baseline", scenario="x; touch pwned", why="x"),
    'an argument of its own: `argv=["touch", "pwned"]`': call(
        "capture_baseline", scenario="evil", why="x", argv=["touch", "pwned"]
    ),
    "an untrusted dart-perf.toml": call("capture_baseline", scenario="evil", why="x", wait_seconds=60),
    "HTML and Markdown in a name": call("import_results", path="named.json"),
    "control and reordering characters in the name of a tool": unprintable,
    "a batch of two messages": post([asking("tools/list"), asking("tools/list")], modern("tools/list")),
    "half a head, then silence (slow loris)": raw(HALF),
    "half a body, then silence": raw(HALF + b"\r\n{"),
    "a connection that says nothing": raw(b""),
    f"{CONNECTIONS + 1} connections": connections,
    f"{SESSIONS + 1} sessions": sessions,
}  # fmt: skip
GUARDED: dict[str, Attack] = {
    "no token": post(initialize()),
    "wrong token": post(initialize(), {"Authorization": "Bearer wrong"}),
    "the token, one character short": post(initialize(), {"Authorization": f"Bearer {TOKEN[:-1]}"}),
    "64 MB body with a wrong token": post(b" " * (64 * MEGABYTE), {"Authorization": "Bearer wrong"}),
    "the token (not an attack)": post(initialize(), {"Authorization": f"Bearer {TOKEN}"}),
}


def project(folder: Path) -> Path:
    """Return a project that holds traps, and a secret beside it."""
    root = folder / "project"
    root.mkdir()
    (folder / "secret.json").write_text('{"secret": "hunter2"}')
    (root / "link.json").symlink_to(folder / "secret.json")
    (root / "linked").symlink_to(folder)
    (root / "dart-perf.toml").write_text(UNTRUSTED)
    (root / "named.json").write_text(json.dumps(NAMED))
    return root


def row(server: Served, name: str, attack: Attack, folder: Path) -> str:
    """Try one and return its line of the table; end where the server did not survive it."""
    answer = attack(server)
    while True:  # a flood's connections take a moment to be seen as closed
        try:
            assert server.ask().status == 200  # noqa: S101 -- the measurement
            break
        except OSError:
            if server.process.poll() is not None:
                raise
    if "hunter2" in answer.text or "root:" in answer.text or (folder / "project" / "pwned").exists():
        raise SystemExit(f"{name} got through: {answer}")
    status = str(answer.status or "-")
    return f"| {name} | {status} | {told(answer, folder)} |"


def told(answer: Answer, folder: Path) -> str:
    """Return the text of an answer, without this machine's paths, as one cell."""
    try:
        message = answer.message()
        text = message["error"] if "error" in message else answer.said()
        text = text["message"] if isinstance(text, dict) else text
    except KeyError:
        text = "a result"
    except ValueError:
        text = answer.text
    if answer.status == 401:
        text += f" `WWW-Authenticate: {answer.headers['www-authenticate']}`"
    text = str(text).replace(str(folder / "project"), "PROJECT").replace(str(folder), "FOLDER")
    text = re.sub(r"^event: message data: ", "", " ".join(text.split()))
    short = text if len(text) <= WORDS else text[: WORDS - 1] + "…"
    return re.sub(r"([|<])", r"\\\1", short)


def endings(root: Path, environment: dict[str, str], rounds: int) -> list[float]:
    """Return the seconds from SIGTERM to the end of a server with an open stream and a waiting subscription."""
    seconds = []
    for _ in range(rounds):
        with served(root, environment) as server:
            stream, listen = server.connect(), server.connect()
            stream.request("GET", "/mcp", headers=server.open_session())
            stream.getresponse()
            listen.request(
                "POST", "/mcp", json.dumps(asking("subscriptions/listen", notifications={"toolsListChanged": True})),
                ACCEPTED | modern("subscriptions/listen"),
            )  # fmt: skip
            listen.getresponse()
            started = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            if server.process.wait(timeout=30) != 0:
                raise SystemExit("SIGTERM did not end a server with 0")
            seconds.append(time.monotonic() - started)
            stream.close()
            listen.close()
    return sorted(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="how often the end by SIGTERM is timed (20)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        root = project(folder)
        environment = dict(os.environ) | {"DART_PERF_STATE": str(folder / "state"), "PYTHONWARNINGS": "ignore"}
        print("`python benchmarks/attacks.py`, performance-monitor on loopback. `-`: closed without an answer.\n")
        print("| tried | status | answered |\n|---|---|---|")
        with served(root, environment) as server:
            for title, attack in OPEN.items():
                print(row(server, title, attack, folder), flush=True)
        with served(root, environment | {"DART_PERF_TOKEN": TOKEN}) as server:
            for title, attack in GUARDED.items():
                print(row(server, title, attack, folder), flush=True)
            peak = Path(f"/proc/{server.process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        print(f"\nPeak memory of the guarded server: {int(peak) // 1024} MB.")
        took = endings(root, environment, rounds)
        print(
            f"\nSIGTERM with an open stream and a subscription, until the process is gone with status 0: median "
            f"{1000 * statistics.median(took):.0f} ms, largest {1000 * took[-1]:.0f} ms, n {len(took)}."
        )


if __name__ == "__main__":
    main()
