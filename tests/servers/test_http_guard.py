"""Who and what is refused over HTTP, each by a real request to a real server; and where a server refuses to start."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import performance_monitor.server
from dart_perf.serving.limits import CONNECTIONS
from tests.conftest import Toy
from tests.servers.web import ACCEPTED, TOKEN, Answer, Served, asking, calling, initialize, modern, served

MEGABYTE = 1024 * 1024
MODULES = ("performance_monitor", "regression_detector")


@pytest.fixture(scope="module")
def monitor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for the whole table: each attack must leave it as it was."""
    root = tmp_path_factory.mktemp("project")
    with served(root, dict(os.environ)) as running:
        yield running
        assert running.ask().status == 200


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    root = tmp_path_factory.mktemp("project")
    with served(root, dict(os.environ) | {"DART_PERF_TOKEN": TOKEN}) as running:
        yield running


@pytest.mark.parametrize("path", ["/mcp", "/health"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"Host": "localhost@evil.example"}, 421),
        ({"Host": "evil.example#@localhost"}, 421),
        ({"Host": "localhost:port"}, 421),
        ({"Host": "LOCALHOST:{port}", "Origin": "http://localhost:{port}"}, 200),
        ({"Host": "[::1]:9"}, 200),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "http://127.0.0.1:{port}.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:{port}"}, 200),
    ],
)
def test_rebinding_and_foreign_origins_are_refused(
    monitor: Served, path: str, headers: dict[str, str], status: int
) -> None:
    sent = {name: value.format(port=monitor.address[1]) for name, value in headers.items()}
    if path == "/health":
        assert monitor.ask(headers=sent).status == status
    else:
        assert monitor.ask("POST", path, ACCEPTED | sent, initialize()).status == status


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        (None, 'Bearer realm="dart-perf"'),
        ("Bearer wrong", 'Bearer realm="dart-perf", error="invalid_token"'),
        (f"Bearer {TOKEN}x", 'Bearer realm="dart-perf", error="invalid_token"'),
        (f"Bearer {TOKEN[:-1]}", 'Bearer realm="dart-perf", error="invalid_token"'),
        (f"Basic {TOKEN}", 'Bearer realm="dart-perf", error="invalid_token"'),
        ("Bearer", 'Bearer realm="dart-perf", error="invalid_token"'),
        (f"Bearer {TOKEN}", None),
        (f"bearer {TOKEN}", None),
    ],
)
def test_only_the_token_opens(guarded: Served, authorization: str | None, challenge: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = guarded.ask("POST", "/mcp", ACCEPTED | headers, initialize())
    assert answer.status == (401 if challenge else 200)
    assert answer.headers.get("www-authenticate") == challenge
    assert TOKEN not in answer.text


def chunks(count: int) -> Iterator[bytes]:
    yield from (b" " * MEGABYTE for _ in range(count))


@pytest.mark.parametrize("token", [None, "wrong"])
@pytest.mark.parametrize("declared", [True, False])
def test_64_megabytes_are_refused_before_they_are_kept(
    monitor: Served, guarded: Served, token: str | None, *, declared: bool
) -> None:
    server, status = (guarded, 401) if token else (monitor, 413)
    body: Any = b" " * (64 * MEGABYTE) if declared else chunks(64)
    headers = ACCEPTED | ({"Authorization": f"Bearer {token}"} if token else {})
    assert server.ask("POST", "/mcp", headers, body).status == status
    assert peak_memory(server) < 220 * MEGABYTE


def peak_memory(server: Served) -> int:
    """Return the largest resident set of the process, in bytes."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


DEEP = "[" * 10_000 + "]" * 10_000
MESSAGES = {
    "10,000 deep": json.dumps(calling("list_baselines", {"scenario": "@"})).replace('"@"', DEEP),
    "65 deep": json.dumps(calling("list_baselines", {"scenario": "@"})).replace('"@"', "[" * 65 + "]" * 65),
    "NaN": json.dumps(calling("plan_runs", {"scenario": "x", "effect": float("nan")})),
    "Infinity": json.dumps(calling("plan_runs", {"scenario": "x", "effect": float("inf")})),
    "1e999": json.dumps(calling("plan_runs", {"scenario": "x", "effect": 7})).replace("7}", "1e999}"),
    "a long string": json.dumps(calling("list_baselines", {"scenario": "x" * 100_001})),
    "too many samples": json.dumps(calling("list_baselines", {"scenario": [1.0] * 100_001})),
    "half a character": json.dumps(calling("list_baselines", {"scenario": "x"})).replace('"x"', '"\\ud800"'),
    "no JSON": "{",
}


@pytest.mark.parametrize("name", MESSAGES)
@pytest.mark.parametrize("era", ["old", "new"])
def test_a_message_that_is_not_accepted_is_an_error_that_says_what_is(monitor: Served, name: str, era: str) -> None:
    headers = ACCEPTED | (modern("tools/call", "plan_runs") if era == "new" else {})
    answer = monitor.ask("POST", "/mcp", headers, MESSAGES[name])
    assert answer.status == 400
    error = answer.message()["error"]
    assert error["code"] == -32700
    assert "at most 64 levels deep" in error["message"]


def test_64_levels_reach_the_tool(monitor: Served) -> None:
    levels = "[" * 59 + "]" * 59
    body = json.dumps(calling("list_baselines", {"scenario": "@"})).replace('"@"', levels)
    answer = monitor.ask("POST", "/mcp", ACCEPTED | modern("tools/call", "list_baselines"), body)
    assert "list_baselines refused its arguments. scenario: Input should be a valid string" in answer.said()


def test_a_batch_is_refused(monitor: Served) -> None:
    both = [asking("tools/list"), asking("tools/list")]
    assert monitor.ask("POST", "/mcp", ACCEPTED | modern("tools/list"), both).status == 400
    assert monitor.ask("POST", "/mcp", ACCEPTED, both).status == 400


PATHS = ["../secret.json", "/etc/passwd", "link.json", "folder/../../secret.json", "linked/secret.json"]


def test_no_path_leads_out_of_the_project(
    toy: Toy, tmp_path_factory: pytest.TempPathFactory, command_environment: dict[str, str]
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "secret.json"
    outside.write_text('{"schema": "dart-perf/results/1", "secret": "hunter2"}')
    (toy.root / "link.json").symlink_to(outside)
    (toy.root / "linked").symlink_to(outside.parent)
    (toy.root.parent / "secret.json").write_text(outside.read_text())
    (toy.root / "folder").mkdir()
    mine = toy.results("mine.json", 1e-3)
    sealing = {"action": "from_results", "scenario": "toy", "why": "x"}
    with served(toy.root, command_environment) as monitor, served(toy.root, command_environment, MODULES[1]) as second:
        for path in PATHS:
            for answer in (
                monitor.call("import_results", {"path": path}),
                monitor.call("update_baseline", sealing | {"results": path}),
                second.call("detect_regressions", {"results": path, "baseline": "toy"}),
                second.call("detect_regressions", {"results": mine, "baseline": path}),
            ):
                assert answer.message()["result"]["isError"], answer
                assert "leads out of the project" in answer.said()
                assert not {"hunter2", "root:"} & set(answer.text.split())
        assert "NUL character" in monitor.call("import_results", {"path": "a\0b"}).said()


SMUGGLED = ["--help", "x; touch pwned", "$(touch pwned)", "toy\ntouch pwned", "../toy", "toy --extra", "`touch pwned`"]


def test_what_looks_like_an_argument_or_a_command_is_a_name_that_nobody_has(
    toy: Toy, command_environment: dict[str, str]
) -> None:
    with served(toy.root, command_environment) as monitor:
        for name in SMUGGLED:
            for tool, extra in (("capture_baseline", {"why": "x"}), ("compare_with_baseline", {})):
                answer = monitor.call(tool, {"scenario": name} | extra)
                assert answer.message()["result"]["isError"], answer
                assert "does not exist. Known are:" in answer.said()
        argv = monitor.call("capture_baseline", {"scenario": "toy", "why": "x", "argv": ["touch", "pwned"]})
        assert "has no argument 'argv'" in argv.said()
    assert not (toy.root / "pwned").exists()


def test_a_file_that_came_with_a_clone_runs_nothing(
    tmp_path: Path, command_environment: dict[str, str]
) -> None:  # fmt: skip
    text = '[scenario.evil]\nargv = ["touch", "{root}/pwned"]\nmetrics = ["cpu_time"]\n'
    (tmp_path / "dart-perf.toml").write_text(text)
    with served(tmp_path, command_environment) as monitor:
        answer = monitor.call("capture_baseline", {"scenario": "evil", "why": "x", "wait_seconds": 60})
    assert "dart-perf-baseline --trust" in answer.said()
    assert not (tmp_path / "pwned").exists()


def test_what_others_wrote_moves_no_cursor_and_hides_nothing(toy: Toy, command_environment: dict[str, str]) -> None:
    toy.says(fails=True)
    program = (toy.root / "toy.py").read_text().replace("broken on purpose", "\\x1b[31mred\\x1b[0m \\x07<b>\\u202eback")
    (toy.root / "toy.py").write_text(program)
    with served(toy.root, command_environment) as monitor:
        answer = monitor.call("capture_baseline", {"scenario": "toy", "why": "x", "wait_seconds": 60})
        unknown = monitor.call("list_baselines", {"\x1b]0;title\x07\u202e": 1})
    assert "red" in answer.said()
    assert "<b>" in answer.said()
    for said in (answer.text, unknown.text, answer.said(), unknown.said()):
        assert not {"\x1b", "\x07", "\u202e"} & set(said)
    for escaped in ("\\u001b", "\\u0007", "\\u202e"):
        assert escaped not in answer.text


def test_who_is_too_slow_is_cut_off(monitor: Served) -> None:
    """A connection that says nothing, half a head, half of a second head, half a body."""
    mute, head, second, body = (socket.create_connection(monitor.address, timeout=30) for _ in range(4))
    head.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\n")
    second.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    body.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
    assert monitor.ask().status == 200
    second.sendall(b"GET /hea")
    assert [everything(mute), everything(head)] == [b"", b""]
    assert everything(second).count(b"HTTP/1.1") == 1
    assert everything(body).startswith(b"HTTP/1.1 408")


def everything(connection: socket.socket) -> bytes:
    """Return what comes until the server closes the connection."""
    with connection, connection.makefile("rb") as incoming:
        return incoming.read()


def test_connections_are_bounded_and_the_server_lives(monitor: Served) -> None:
    held = [socket.create_connection(monitor.address, timeout=30) for _ in range(CONNECTIONS)]
    with socket.create_connection(monitor.address, timeout=30) as one_more:
        assert closed(one_more)
    for connection in held:
        connection.close()
    assert answered(monitor).status == 200


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def answered(server: Served) -> Answer:
    """Ask until the server has noticed that connections were closed."""
    while True:
        try:
            return server.ask()
        except OSError:
            continue


ANY = "0.0.0.0"  # noqa: S104 -- what must be refused
REFUSED = [
    (["--http", "--host", ANY], {}, "needs a token and a list of allowed hosts"),
    (["--http", "--host", "::"], {}, "needs a token and a list of allowed hosts"),
    (["--http", "--host", ANY], {"DART_PERF_TOKEN": TOKEN}, "needs a list of allowed hosts"),
    (["--http", "--host", ANY, "--allowed-host", "a.example"], {}, "needs a token."),
    (["--http", "--allowed-host", "a.example"], {}, "needs a token."),
    (["--http", "--allowed-host", "*"], {"DART_PERF_TOKEN": TOKEN}, "is no host name"),
    (["--http", "--allowed-host", "http://a"], {"DART_PERF_TOKEN": TOKEN}, "is no host name"),
    (["--http", "--host", "no.such.host.invalid"], {}, "is no address of this machine"),
    (["--http"], {"DART_PERF_TOKEN": "short"}, "DART_PERF_TOKEN holds no token"),
    (["--http"], {"DART_PERF_TOKEN": ""}, "DART_PERF_TOKEN holds no token"),
    (["--http", "--token-file", "missing"], {}, "cannot be read"),
    (["--http", "--token-file", "missing"], {"DART_PERF_TOKEN": TOKEN}, "given twice"),
    (["--http", "--port", "70000"], {}, "0..65535"),
    (["--http", "--port", "x"], {}, "0..65535"),
    (["--port", "1"], {}, "give --http too"),
    (["--htt"], {}, "unrecognized arguments: --htt"),
    (["--http", "--token", TOKEN], {}, "unrecognized arguments"),
]


@pytest.mark.parametrize(("arguments", "environment", "said"), REFUSED)
def test_a_server_that_would_not_be_safe_does_not_start(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    environment: dict[str, str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["performance_monitor", *arguments])
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        performance_monitor.server.main()
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def start(root: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "performance_monitor", *arguments]
    return subprocess.run(argv, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_port_in_use_is_named(monitor: Served, tmp_path: Path, command_environment: dict[str, str]) -> None:
    port = str(monitor.address[1])
    done = start(tmp_path, command_environment, "--http", "--port", port)
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use." in done.stderr


def test_help_and_version_are_told(tmp_path: Path, command_environment: dict[str, str]) -> None:
    told = start(tmp_path, command_environment, "--help")
    assert told.returncode == 0
    for word in ("--http", "--allowed-host", "--token-file", "examples:", "exit codes:", "8007", "DART_PERF_TOKEN"):
        assert word in told.stdout
    assert start(tmp_path, command_environment, "--version").stdout.startswith("performance_monitor 0.")


def test_beyond_loopback_only_listed_names_are_served(tmp_path: Path, command_environment: dict[str, str]) -> None:
    environment = command_environment | {"DART_PERF_TOKEN": TOKEN}
    with served(tmp_path, environment, "performance_monitor", "--host", ANY, "--allowed-host", "a.example") as server:
        local = Served(server.process, server.url.replace(ANY, "127.0.0.1"))
        assert local.ask().status == 421
        assert local.ask(headers={"Host": "a.example"}).status == 200
        assert local.ask("POST", "/mcp", ACCEPTED | {"Host": "a.example"}, initialize()).status == 401
        carrying = {"Host": "a.example", "Authorization": f"Bearer {TOKEN}"}
        assert local.ask("POST", "/mcp", ACCEPTED | carrying, initialize()).status == 200
