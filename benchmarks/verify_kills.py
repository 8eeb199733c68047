"""`kill -9` of everything that takes part in verify_change, at random moments: what is left, and does it go on?

    python benchmarks/verify_kills.py --rounds 50

Each round edits both sides of a repository of its own, so that both are checked out and built; a client (MCP SDK)
starts `python -m regression_detector` over stdio and calls verify_change; one of client, server, worker, launcher,
measured program, build and git, or the first three at once, is killed. Then it is looked at: how soon only those still
run that serve a client or a job that goes on, how soon the lock is free; whether the same call, by a new client, ends
with a verdict and with every pair that was recorded; whether then any process, half made worktree, lock or ticket is
left. A line a round is appended to results/verify_kills.jsonl, so that a run that is stopped goes on.
"""

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dart_perf.measure import lock
from kill_workplace import KINDS, Seen, Workplace

RESULTS = Path(__file__).parent / "results"
ROWS, REPORT = RESULTS / "verify_kills.jsonl", RESULTS / "verify_kills.md"
BUDGET_SECONDS = 5.0
ALL = "client, server and worker at once"
TARGETS = (*KINDS, ALL)
SPANS = {"git": 3.0, "build": 6.0}
"""Span of the random moment, from the client's start; what is not there then is waited for."""
SPAN = 12.0
"""That of other targets: a whole call takes some 15 s."""
MEASURING_SPAN = 3.0
"""Every second round of these the moment is counted from the first pair on."""
QUIET_SECONDS = 30.0
"""What a killed process leaves has to end within: the launcher gives a program 2 s, and itself 15 s at most."""
CALL_SECONDS = 120.0
POLL_SECONDS = 0.02
SAID = 200
"""Characters that are kept of what a client was told."""
COLUMNS = (
    "| killed | rounds | struck | job went on | left running | out of order | pairs before | lost | verdict "
    "| lock free after | quiet after |"
)
INTRODUCTION = """# kill -9 of what takes part in verify_change

`python benchmarks/verify_kills.py --rounds 50`, then `--report`. Beside other work on 2 cores (load 4 to 9).
struck: the target lived at that moment, or came before the call ended. job went on: its worker was not hit. left
running: processes that serve nobody, after 30 s or at the end. out of order: half made worktrees, files, tickets or a
lock that are left after the next call. pairs before: recorded when all was quiet; lost: rounds in which some of them
were not in the files or the verdict of the next call. verdict: of the same call, made again. Times are the longest;
quiet: nothing runs any more that serves neither a client nor a job that goes on.
"""


async def call(folder: Path) -> dict[str, Any]:
    """Ask for the verdict as an agent does, and poll until the job has ended; return the last answer."""
    from mcp import Client, StdioServerParameters

    work = Workplace(folder)
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "regression_detector"], cwd=work.repository, env=work.environment()
    )
    given: dict[str, Any] = {"scenarios": ["work"], "budget_seconds": BUDGET_SECONDS, "wait_seconds": 20.0}
    given |= {"base": "main", "margin": 0.05}
    async with Client(server) as client:
        answer = await client.call_tool("verify_change", given)
        while True:
            said = dict(answer.structured_content or {})
            if answer.is_error or said["job"]["state"] not in {"queued", "running"}:
                text = " ".join(block.text for block in answer.content if block.type == "text")
                return said | {"text": text[:300]}
            answer = await client.call_tool("job", {"id": said["job"]["id"], "wait_seconds": 20.0})


@dataclass(frozen=True, slots=True)
class Moment:
    """Who is killed when."""

    target: str
    after: float
    """Seconds."""
    is_measuring: bool
    """Counted from the first pair on, not from the client's start."""


def count(pairs: dict[str, bytes], earlier: set[str]) -> int:
    """Return how many pairs were recorded in this round."""
    return sum(lines.count(b"\n") for path, lines in pairs.items() if path not in earlier)


def start_client(work: Workplace) -> subprocess.Popen[str]:
    """Start this script as a client."""
    argv = [sys.executable, __file__, "--client", "--folder", str(work.folder)]
    return subprocess.Popen(
        argv, env=work.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def ended(client: subprocess.Popen[str]) -> dict[str, Any]:
    """Return what a client printed at its end; of one that printed no answer the end of its words."""
    try:
        stdout, stderr = client.communicate(timeout=CALL_SECONDS)
    except subprocess.TimeoutExpired:
        client.kill()
        client.communicate()
        return {"text": f"no answer within {CALL_SECONDS:g} s"}
    try:
        found: dict[str, Any] = json.loads(stdout)
    except ValueError:
        return {"text": stderr.strip()[-300:]}
    return found


def said(text: str) -> str:
    """Return what a client was told, or the end of its words, without the folders of this machine."""
    lines = [line for line in text.splitlines() if line.strip(" |+-^")] or [""]
    line = lines[-1] if "Error" in lines[-1] or "Traceback" in text else lines[0]
    return re.sub(r"/[^\s'\"]*/", ".../", line.strip(" |"))[:SAID]


def strike(work: Workplace, moment: Moment, earlier: set[str], client: subprocess.Popen[str]) -> list[str]:
    """Kill the target at its moment, or as soon as there is one then; return whom, nobody where the call ended.

    `earlier` are the files of earlier rounds.
    """
    while moment.is_measuring and client.poll() is None and not count(work.pairs(), earlier):
        time.sleep(POLL_SECONDS)
    time.sleep(moment.after)
    target = moment.target
    wanted = ("client", "server", "worker") if target == ALL else (target,)
    while client.poll() is None:
        victims = [seen for kind in wanted for seen in work.processes() if seen.is_a(kind)]
        killed = [seen.kind for seen in victims if seen.kill()]
        if killed:
            return killed
        time.sleep(POLL_SECONDS)
    return []


def wait_until_quiet(work: Workplace) -> tuple[float, list[Seen]]:
    """Wait until nothing runs that neither a client nor a living job needs; return the seconds and what still does."""
    start = time.monotonic()
    while True:
        seen = work.processes()
        kinds = {process.kind for process in seen}
        served = {"client", "server"} if "client" in kinds else set()
        left = [process for process in seen if process.kind not in served]
        if "worker" in kinds:  # with all that it started
            left = [process for process in left if process.kind == "server"]
        spent = round(time.monotonic() - start, 2)
        if not left or spent > QUIET_SECONDS:
            return spent, left
        time.sleep(POLL_SECONDS)


def is_held(work: Workplace) -> bool:
    return lock.holder(work.folder / "measure.lock") is not None


def seconds_until_free(work: Workplace) -> float | None:
    """Return how soon nobody holds the lock; None where a job that goes on holds it."""
    start = time.monotonic()
    while is_held(work) and time.monotonic() - start < QUIET_SECONDS:
        if any(seen.is_a("worker") for seen in work.processes()):
            return None
        time.sleep(POLL_SECONDS)
    return round(time.monotonic() - start, 2)


def one_round(work: Workplace, number: int, moment: Moment) -> dict[str, Any]:
    """Kill, look, call again, look again."""
    work.edit(number)
    earlier = set(work.pairs())
    client = start_client(work)
    row: dict[str, Any] = {"round": number, **asdict(moment), "killed": strike(work, moment, earlier, client)}
    row["lock_seconds"] = seconds_until_free(work)
    row["quiet_seconds"], left = wait_until_quiet(work)
    failed = [f"still runs after {QUIET_SECONDS:g} s: {seen.kind}" for seen in left]
    row["job_went_on"] = any(seen.is_a("worker") for seen in work.processes())
    before = work.pairs()
    row["first"] = said(ended(client)["text"])
    second = ended(start_client(work))
    row["second"], row["status"] = said(second["text"]), second.get("status")
    now = work.pairs()
    failed += [f"recorded pairs are lost: {path}" for path in before if not now[path].startswith(before[path])]
    row["pairs"] = [count(found, earlier) for found in (before, now)]
    if row["status"] is None:
        failed.append("the same call gave no verdict")
    elif second["verification"]["scenarios"][0]["pairs"] < row["pairs"][0]:
        failed.append("the verdict does not stand on all recorded pairs")
    row["quiet_at_the_end"], left = wait_until_quiet(work)
    failed += [f"runs on after everything ended: {seen.kind}" for seen in left]
    failed += [*work.disorder(), *(["the lock is held"] if is_held(work) else [])]
    return row | {"left_in_tmp": work.left_in_tmp(), "failed": failed}


def plan(seed: int, rounds: int) -> Iterator[tuple[int, Moment]]:
    """Yield number and moment of each round, the same in every run."""
    for number in range(rounds):
        rng = random.Random(f"{seed}-{number}")
        target = TARGETS[number % len(TARGETS)]
        is_measuring = target not in SPANS and number // len(TARGETS) % 2 == 1
        span = MEASURING_SPAN if is_measuring else SPANS.get(target, SPAN)
        yield number, Moment(target, round(rng.uniform(0.0, span), 2), is_measuring)


def read_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def report(rows: Sequence[dict[str, Any]]) -> str:
    """Return the table of what was killed and what became of it."""
    lines = [COLUMNS, "|-" * (COLUMNS.count("|") - 1) + "|"]
    for target in (*TARGETS, "all"):
        mine = [row for row in rows if target in {row["target"], "all"}]
        if mine:
            lines.append(f"| {' | '.join(_cells(target, mine))} |")
    failures = [f"- round {row['round']}, {row['target']}: {'; '.join(row['failed'])}" for row in rows if row["failed"]]
    said = ["", "Failures:", "", *failures] if failures else ["", "No round failed."]
    left = len({name for row in rows for name in row["left_in_tmp"]})
    where = f"Left in the temporary folder: {left} folders (dart-perf-loaded-*) of killed workers."
    return "\n".join([INTRODUCTION, *lines, *said, "", where, ""])


def _cells(target: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    struck = [row for row in rows if row["killed"]]
    said = [text for row in rows for text in row["failed"]]
    running = sum("runs" in text for text in said)
    pairs = sum("pairs" in text for text in said)
    verdicts = sum(row["status"] is not None for row in rows)
    free = [row["lock_seconds"] for row in struck if row["lock_seconds"] is not None]
    quiet = [row["quiet_seconds"] + (row["lock_seconds"] or 0.0) for row in struck]
    longest = [f"{max(found):.2f} s (n {len(found)})" if found else "-" for found in (free, quiet)]
    counts = (len(rows), len(struck), sum(row["job_went_on"] for row in rows), running)
    rest = (sum("runs" not in text and "pairs" not in text and "verdict" not in text for text in said),)
    recorded = sum(row["pairs"][0] for row in rows)
    return [target, *map(str, (*counts, *rest, recorded, pairs)), f"{verdicts}/{len(rows)}", *longest]


def measure(path: Path, seed: int, rounds: int) -> None:
    """Run the rounds that are not there yet."""
    have = {row["round"] for row in read_rows(path)}
    with tempfile.TemporaryDirectory(prefix="verify-kills-") as folder:
        work = Workplace(Path(folder).resolve())
        work.make()
        for number, moment in plan(seed, rounds):
            if number in have:
                continue
            row = one_round(work, number, moment)
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(number, moment, row["killed"], row["pairs"], row["failed"], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=Path, default=ROWS, help="where a line a round is kept")
    parser.add_argument("--report", action="store_true", help="write the report of what is there")
    parser.add_argument("--client", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.client:
        print(json.dumps(asyncio.run(call(asked.folder))))
    elif asked.report:
        REPORT.write_text(report(read_rows(asked.rows)))
        print(REPORT.read_text())
    else:
        measure(asked.rows, asked.seed, asked.rounds)


if __name__ == "__main__":
    main()
