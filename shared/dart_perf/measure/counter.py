"""Counts what a program does with valgrind and prints it as a native document; run by path, standard library alone.

The cost of an iteration is the slope between two numbers of iterations, so that start-up cancels. A program that takes
the number as an argument has one slope; of one that uses a `Probe`, each loop gets its own: all loops run the smaller
number, one of them the larger. A run with all loops half-way says whether the cost is linear.

Valgrind gives every run the same addresses, and here every run gets as many bytes of arguments and environment.
The program runs once without valgrind first: that writes its byte code, and its own failures are told as its own.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = "dart-perf/results/1"
PRODUCER = "dart-perf counter 1"
VARIABLE = "DART_PERF_COUNTS"
"""Tells a `Probe` how often to run each loop."""
PAGE = 256
"""Bytes of which arguments and environment are a multiple: more than any alignment that code looks at."""
COMMON = ("--command-line-only=yes", "--vgdb=no", "--trace-children=no")
"""No settings of the user's, no debugger's pipes, one process: what it starts is not counted."""
TOOLS = {
    "callgrind": ("--callgrind-out-file=/dev/null",),
    "memcheck": ("--leak-check=no", "--undef-value-errors=no"),
}
METRICS = {
    "instructions": ("callgrind", "instructions"),
    "allocations": ("memcheck", "allocations"),
    "allocated_bytes": ("memcheck", "B"),
}
"""What can be counted: the tool that counts it, its unit."""
LINEAR = 0.01
"""Relative difference between two parts of the slope that is said; two Python loops that do the same in every iteration
differed by 0.11 % at most from 50 to 600 iterations (benchmarks/results/planted_counts.md)."""
SAID_LINES = 8
"""Last lines of valgrind's log that a message quotes."""
SHOWN = 200
"""Characters of unreadable output that a message quotes."""
_COLLECTED = re.compile(r"^==(\d+)== Collected\s*:\s*(\d+)\s*$", re.MULTILINE)
_HEAP = re.compile(r"^==(\d+)==\s+total heap usage: ([\d,]+) allocs, [\d,]+ frees, ([\d,]+) bytes", re.MULTILINE)
_UNKNOWN_CODE = re.compile(r"Unrecognised instruction|unhandled instruction bytes|Illegal opcode")


class Refused(Exception):  # noqa: N818 -- errors are named after the fact
    """Nothing was counted; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted of which program."""

    valgrind: str
    counts: tuple[int, int]
    metrics: tuple[str, ...]
    suite: str
    group: str
    format: str
    """dart-perf: it prints a document, whose guards are kept; none: what it prints is not read."""
    argv: tuple[str, ...]

    @property
    def tools(self) -> tuple[str, ...]:
        return tuple(tool for tool in TOOLS if any(METRICS[metric][0] == tool for metric in self.metrics))


@dataclass(frozen=True, slots=True)
class Plan:
    """How often one run repeats its work."""

    iterations: int
    more: Mapping[str, int] = field(default_factory=dict)
    """Loops of a probe that run another number."""

    def argv(self, asked: Asked) -> list[str]:
        return [item.replace("{iterations}", str(self.iterations)) for item in asked.argv]

    def environment(self, asked: Asked) -> dict[str, str]:
        """Return the environment, filled so that it and the arguments begin at the same address for every number."""
        said = json.dumps({"iterations": self.iterations, "more": dict(self.more)})
        filler = " " * (-(len(said) + sum(map(len, self.argv(asked)))) % PAGE)
        return {**os.environ, VARIABLE: said + filler}


@dataclass(frozen=True, slots=True)
class Counted:
    """Totals of one run by metric, and the document that it printed."""

    totals: Mapping[str, int]
    document: Mapping[str, Any]


def read_totals(tool: str, log: str, pid: int) -> dict[str, int] | None:
    """Return what `tool` counted of process `pid` by metric, or None where its log does not say."""
    pattern = _COLLECTED if tool == "callgrind" else _HEAP
    found = [match for match in pattern.finditer(log) if int(match[1]) == pid]  # a forked child logs there too
    if not found:
        return None
    numbers = [int(text.replace(",", "")) for text in found[-1].groups()[1:]]
    return dict(zip((name for name, (by, _) in METRICS.items() if by == tool), numbers, strict=True))


def read_document(stdout: bytes, asked: Asked) -> dict[str, Any]:
    """Return the document that the program printed; empty where its output is not read."""
    if asked.format != "dart-perf":
        return {}
    try:
        found = json.loads(stdout)
    except ValueError:
        found = None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        said = stdout[:SHOWN].decode("utf-8", "replace")
        raise Refused(
            f"it printed no {SCHEMA} document but {said!r}. Set format = 'none' in the scenario if it has none."
        )
    return found


def run_plain(asked: Asked, plan: Plan) -> dict[str, Any]:
    """Run the program without valgrind and return the document that it printed."""
    done = _start(plan.argv(asked), plan.environment(asked))
    if done[1] != 0:
        raise Refused(f"{asked.argv[0]} {say_end(done[1])}, without valgrind too. Run it by hand and mend it.")
    return read_document(done[2], asked)


def run_counted(asked: Asked, tool: str, plan: Plan) -> Counted:
    """Run the program once under `tool`."""
    with tempfile.TemporaryDirectory(prefix="dart-perf-") as folder:
        log = Path(folder) / "log"
        command = [asked.valgrind, f"--tool={tool}", *COMMON, *TOOLS[tool], f"--log-file={str(log).replace('%', '%%')}"]
        pid, status, stdout = _start([*command, "--", *plan.argv(asked)], plan.environment(asked))
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    totals = read_totals(tool, text, pid)
    if status != 0 or totals is None:
        raise Refused(explain(tool, status, text))
    return Counted(totals, read_document(stdout, asked))


def _start(argv: Sequence[str], environment: Mapping[str, str]) -> tuple[int, int, bytes]:
    """Run to the end; return process id, status (minus the signal's number) and standard output."""
    try:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=environment) as process:
            stdout, _ = process.communicate()
            return process.pid, process.returncode, stdout
    except OSError as error:
        raise Refused(f"{argv[0]} could not be started: {error.strerror}. Mend the scenario's argv.") from error


def say_end(status: int) -> str:
    """Return how a process ended."""
    if status >= 0:
        return f"ended with exit status {status}"
    return f"was ended by {signal.Signals(-status).name}"


def explain(tool: str, status: int, log: str) -> str:
    """Return why a run under valgrind counted nothing, and what to do."""
    lines = [re.sub(r"^==\d+== ?", "", line) for line in log.splitlines()]
    said = " | ".join([line.strip() for line in lines if line.strip()][-SAID_LINES:])
    if _UNKNOWN_CODE.search(log):
        remedy = (
            "valgrind does not know an instruction of it, most often AVX-512: build what is counted for an older "
            "processor (-march=x86-64-v3 in place of -march=native) or use a newer valgrind"
        )
    elif status == 0:
        remedy = (
            "valgrind saw no end of it: a program that only starts another one (a shell script, a shim) is not what "
            "should be counted; name the program itself in argv"
        )
    else:
        remedy = f"it ran without valgrind; run it under valgrind --tool={tool} by hand"
    return f"under valgrind's {tool} the program {say_end(status)}: {remedy}. Valgrind's log ends: {said}"


def loops_of(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the benchmarks of which a probe says how often it ran them."""
    measurements = document.get("measurements", [])
    return [m["benchmark"] for m in measurements if m["metric"]["name"] == "iterations"]


def slope(base: int, top: int, counts: tuple[int, int]) -> float:
    """Return the cost of one iteration."""
    return (top - base) / (counts[1] - counts[0])


def check_slope(metric: str, base: int, top: int, counts: tuple[int, int], name: str) -> None:
    """Refuse a slope that cannot be a cost."""
    if top > base or (top == base and metric != "instructions"):
        return
    raise Refused(
        f"{name}: {base:,} {metric} with {counts[0]} iterations and {top:,} with {counts[1]}: no cost that grows with "
        "them. The number (`{iterations}` in argv, or a Probe's loops) must be how often the work is done, by the "
        "program itself and not by one it starts, and the two numbers must lie further apart than its start-up varies."
    )


def say_linearity(first: float, second: float, counts: Sequence[int]) -> list[str]:
    """Return a warning where an iteration costs something else in the second half of the slope than in the first."""
    if abs(second - first) <= LINEAR * max(abs(first), abs(second)):
        return []
    low, middle, high = counts
    halves = f"{first:.4g} instructions an iteration from {low} to {middle}, {second:.4g} from {middle} to {high}"
    return [f"the cost is not linear: {halves}; the counts hold for these numbers of iterations alone"]


def say_prepared(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a warning for each loop whose state was put back more often in the longer run."""
    times: dict[str, list[float]] = {}
    for measurement in (m for document in documents for m in document.get("measurements", [])):
        if measurement["metric"]["name"] == "preparations":
            times.setdefault(measurement["benchmark"]["name"], []).append(measurement["samples"][0])
    return [
        f"{name}: its state was put back {min(found):g} to {max(found):g} times, which is counted too: keep both "
        "`counts` at or below `inner` of the loop"
        for name, found in times.items()
        if min(found) != max(found)
    ]


def count(asked: Asked) -> dict[str, Any]:
    """Return the document: one value of each metric for each loop.

    Raises:
        Refused: the program or valgrind failed, or what was counted is no cost of iterations.
    """
    low, high = asked.counts
    loops = loops_of(run_plain(asked, Plan(low)))
    if not loops and not any("{iterations}" in item for item in asked.argv):
        raise Refused(
            "nothing tells the program how often to repeat its work: use dart_perf.collect.probe.Probe, or give "
            "`{iterations}` in argv."
        )
    tops = [Plan(low, {loop["name"]: high}) for loop in loops] or [Plan(high)]
    benchmarks = loops or [{"suite": asked.suite, "name": "iteration", "group": asked.group}]
    measurements: list[dict[str, Any]] = []
    warnings: list[str] = []
    last: Mapping[str, Any] = {}
    for tool in asked.tools:
        base, *reached = (run_counted(asked, tool, plan) for plan in (Plan(low), *tops))
        last = reached[-1].document
        measurements += _measured(asked, tool, benchmarks, base, reached)
        warnings += [*say_prepared([base.document, *(one.document for one in reached)]), *_say_unseen(tool, base)]
        warnings += _say_halves(asked, base, reached) if tool == "callgrind" else []
    head = {"version": last["version"]} if last.get("version") else {}
    said = [*last.get("warnings", []), *dict.fromkeys(warnings)]
    body = {"measurements": measurements, "guards": last.get("guards", []), "warnings": said}
    return {"schema": SCHEMA, "producer": PRODUCER, **head, **body}


def _measured(
    asked: Asked, tool: str, benchmarks: Iterable[dict[str, Any]], base: Counted, reached: Sequence[Counted]
) -> list[dict[str, Any]]:
    found = []
    for benchmark, top in zip(benchmarks, reached, strict=True):
        for metric in (metric for metric in asked.metrics if METRICS[metric][0] == tool):
            ends = base.totals[metric], top.totals[metric]
            check_slope(metric, *ends, asked.counts, benchmark["name"])
            described = {"name": metric, "unit": METRICS[metric][1], "assumption": "exact"}
            found.append({"benchmark": benchmark, "metric": described, "samples": [slope(*ends, asked.counts)]})
    return found


def _say_halves(asked: Asked, base: Counted, reached: Sequence[Counted]) -> list[str]:
    """Run once more half-way and compare both halves of the slope."""
    low, high = asked.counts
    middle = (low + high) // 2
    start = base.totals["instructions"]
    half = run_counted(asked, "callgrind", Plan(middle)).totals["instructions"]
    end = start + sum(top.totals["instructions"] - start for top in reached)
    return say_linearity((half - start) / (middle - low), (end - half) / (high - middle), (low, middle, high))


def _say_unseen(tool: str, base: Counted) -> list[str]:
    if tool != "memcheck" or base.totals["allocations"]:
        return []
    return ["not one allocation was seen: a statically linked program, or one with its own allocator, hides them"]


def parse(arguments: Sequence[str]) -> Asked:
    """Return what the arguments ask for."""
    import argparse  # the names above are read by servers, which start without it

    parser = argparse.ArgumentParser(prog="counter.py", description="Count instructions and allocations of a program.")
    parser.add_argument("--valgrind", required=True, help="path of valgrind")
    parser.add_argument("--counts", nargs=2, type=int, required=True, help="two numbers of iterations")
    parser.add_argument("--metrics", nargs="+", choices=METRICS, required=True)
    parser.add_argument("--suite", default="")
    parser.add_argument("--group", default="")
    parser.add_argument("--format", choices=("dart-perf", "none"), required=True)
    parser.add_argument("argv", nargs="+")
    said = parser.parse_args(arguments)
    counts = (said.counts[0], said.counts[1])
    return Asked(said.valgrind, counts, tuple(said.metrics), said.suite, said.group, said.format, tuple(said.argv))


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(count(parse(sys.argv[1:])), allow_nan=False) + "\n")
    except Refused as refused:
        sys.exit(str(refused))
