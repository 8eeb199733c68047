"""What a message may hold: laws over any JSON, and the same bounds on both transports."""

import json
import math
import subprocess
import sys
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dart_perf.serving import messages
from dart_perf.serving.limits import DEPTH, ITEMS, STRING_CHARACTERS
from tests.conftest import Toy

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
PLAIN = st.recursive(
    SCALARS | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=30,
)


@given(PLAIN)
def test_whatever_is_strict_and_small_is_accepted_as_it_is(value: Any) -> None:
    assert messages.read(orjson.dumps(value)) == (value, None)


@given(st.binary(max_size=200))
def test_bytes_are_a_message_or_a_problem_and_never_a_crash(text: bytes) -> None:
    message, problem = messages.read(text)
    assert problem is None or (message is None) == problem.startswith("it is no strict JSON")


@given(PLAIN, st.sampled_from([math.nan, math.inf, -math.inf]), st.integers(0, DEPTH - 1))
def test_a_number_that_is_not_finite_is_found_at_any_level(value: Any, bad: float, levels: int) -> None:
    held: Any = [value, bad]
    for _ in range(levels):
        held = [held] if levels % 2 else {"key": held}
    assert "not finite" in str(messages.problem(held)) or "nested" in str(messages.problem(held))


@given(st.integers(1, 3 * DEPTH))
def test_depth_is_counted_in_levels(levels: int) -> None:
    held: Any = 0
    for number in range(levels):
        held = [held] if number % 2 else {"key": held}
    assert (messages.problem(held) is None) == (levels <= DEPTH)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("x" * STRING_CHARACTERS, True),
        ("x" * (STRING_CHARACTERS + 1), False),
        ({"x" * (STRING_CHARACTERS + 1): 1}, False),
        ([0] * (ITEMS - 1), True),
        ([0] * ITEMS, False),
        ([[0] * (ITEMS // 2)] * 2, False),
    ],
)
def test_strings_and_counts_are_bounded(value: Any, *, accepted: bool) -> None:
    assert (messages.problem(value) is None) is accepted


CALLED = '{"name":"plan_runs","arguments":{"scenario":"x","effect":@}}'
CALL = f'{{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{CALLED}}}'
LINES = [
    (CALL.replace("@", "[" * 10_000 + "]" * 10_000), "the line is no JSON-RPC message. Accepted is strict JSON"),
    (CALL.replace("@", "[" * 65 + "]" * 65), "plan_runs refused its arguments: it is nested more than 64 levels deep"),
    (CALL.replace("@", "NaN"), "plan_runs refused its arguments: it holds a number that is not finite (nan)"),
    (CALL.replace("@", "1e999"), "plan_runs refused its arguments: it holds a number that is not finite (inf)"),
    (CALL.replace("@", '"' + "x" * 100_001 + '"'), "plan_runs refused its arguments: it holds a string of 100,001"),
    ("{", "the line is no JSON-RPC message."),
    ('{"jsonrpc":"2.0","id":2}', "the line is no JSON-RPC message."),
]
OPENING = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}


def test_over_stdio_every_line_that_is_refused_is_answered(toy: Toy, command_environment: dict[str, str]) -> None:
    argv = [sys.executable, "-m", "regression_detector"]
    with subprocess.Popen(
        argv, cwd=toy.root, env=command_environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        opening = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": OPENING}
        for line, said in [(json.dumps(opening), '"serverInfo":{"name":"regression-detector","version":"0.'), *LINES]:
            server.stdin.write(line + "\n")
            server.stdin.flush()
            assert said in server.stdout.readline()
        server.stdin.write(f"{LINES[0][0]}\n")
        server.stdin.close()
        assert '"id":null,"error":{"code":-32700' in server.stdout.readline()
