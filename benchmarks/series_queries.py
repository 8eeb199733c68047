"""How long questions of long histories take, beside SQLite and DuckDB answering the same in the same run.

    pip install -e '.[peers]'
    python benchmarks/series_queries.py --folder /var/tmp/series --series 1000 --points 1000

A store of SERIES x POINTS (half on each of two machines, two runs a commit, five repetitions) is built once through
`append_runs` and a repository with its commits (series_store.py); the peers are filled with the same values
(series_peers.py). Then each stage asks the three in turn, in an order drawn anew each round:

- warm: a process that has answered the question before;
- cold (one question): a new process, from its start to the end of its answer, with interpreter and imports;
- evicted: the same, after the system was told to drop the files of all three from memory (posix_fadvise);
- first: a new process and no cache: what the first question after a clone, or after another version, takes;
- appended: one more commit of every series came in (not timed), then the question, warm; and in a new process;
- tools: whole answers of tools over all series (series_tools.py), in the same four states; nobody else has such.

What was measured is kept in FOLDER/measured.jsonl and not measured again; --again starts over.
"""

import argparse
import json
import math
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from dart_perf.workflows.project import open_project
from dart_perf.workflows.series_query import Query, select
from series_peers import PEERS, QUESTIONS, Duckdb, Ours, Point, Sqlite
from series_store import build, repository, runs
from series_tools import TOOLS

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks" / "results" / "series_queries.md"
FILES = {"store": ".dart-perf", "SQLite": "peer.sqlite", "DuckDB": "peer.duckdb"}
ROUNDS = {"warm": 100, "cold": 100, "evicted": 15, "first": 3, "appended": 30, "appended, cold": 10}
TOOL_ROUNDS = {"warm": 100, "cold": 100, "first": 2, "appended": 5}
ASK = """
import sys
sys.path.insert(0, {folder!r})
from pathlib import Path
from series_peers import PEERS, QUESTIONS
peer = PEERS[sys.argv[2]](Path(sys.argv[1]))
values, aggregates = peer.ask(QUESTIONS[sys.argv[3]])
print(len(values), flush=True)
"""


class Measured:
    """What was measured so far, on disk."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.seconds: dict[tuple[str, str, str], list[float]] = {}
        for line in file.read_text().splitlines() if file.is_file() else ():
            record = json.loads(line)
            self.seconds.setdefault((record["stage"], record["question"], record["peer"]), []).append(record["s"])

    def add(self, stage: str, question: str, peer: str, seconds: float) -> None:
        """Keep one measurement."""
        self.seconds.setdefault((stage, question, peer), []).append(seconds)
        with self.file.open("a") as file:
            file.write(json.dumps({"stage": stage, "question": question, "peer": peer, "s": round(seconds, 6)}) + "\n")

    def count(self, stage: str, question: str) -> int:
        """Return how many complete rounds there are."""
        return min(len(self.seconds.get((stage, question, peer), [])) for peer in PEERS)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def anew(measured: Measured, stage: str, question: str, peer: str, work: Callable[[], object]) -> None:
    """Measure `work`, which starts a process: its elapsed and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured.add(stage, question, peer, timed(work))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    measured.add(f"{stage}: processor", question, peer, used)


def ask_anew(folder: Path, peer: str, question: str) -> None:
    """Ask in a new process."""
    code = ASK.format(folder=str(Path(__file__).parent))
    argv = [sys.executable, "-c", code, str(folder), peer, question]
    subprocess.run(argv, check=True, capture_output=True, text=True)


def files_of(folder: Path, peer: str) -> Iterator[Path]:
    """Yield the files of one of the three."""
    place = folder / FILES[peer]
    yield from (path for path in (place.rglob("*") if place.is_dir() else [place]) if path.is_file())


def evict(folder: Path, peer: str) -> None:
    """Ask the system to forget what it has read of the files of one of the three."""
    for path in files_of(folder, peer):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def agree(folder: Path) -> None:
    """Prove that all three give the same answer to every question."""
    for name, question in QUESTIONS.items():
        (values, aggregates), *others = (PEERS[peer](folder).ask(question) for peer in PEERS)
        order = {series: number for number, series in enumerate(values)}
        for theirs, sums in others:
            if theirs.keys() != values.keys() or any((theirs[series] != values[series]).any() for series in values):
                raise SystemExit(f"the answers to {name!r} differ")
            np.testing.assert_allclose(sums, aggregates[[order[series] for series in theirs]], rtol=1e-12)
        print(f"equal answers: {name}: {len(values)} series, {sum(map(len, values.values())):,} values", flush=True)


def prepare(folder: Path, series: int, points: int) -> None:
    """Build what is missing of the store and of the peers."""
    build(folder, series, points)
    found = select(Ours(folder).project, Query())
    for peer in (Sqlite, Duckdb):
        if not (folder / f"peer.{peer.__name__.lower()}").is_file():
            peer(folder).fill(found)


def warm(folder: Path, measured: Measured, rng: random.Random) -> None:
    peers = {name: peer(folder) for name, peer in PEERS.items()}
    for name, question in QUESTIONS.items():
        for peer in peers.values():
            peer.ask(question)
        for _ in range(measured.count("warm", name), ROUNDS["warm"]):
            for peer in rng.sample(list(peers), len(peers)):
                measured.add("warm", name, peer, timed(lambda p=peer, q=question: peers[p].ask(q)))  # type: ignore[misc]


def cold(folder: Path, measured: Measured, rng: random.Random, stage: str) -> None:
    for name in list(QUESTIONS)[:1]:
        for _ in range(measured.count(stage, name), ROUNDS[stage]):
            for peer in rng.sample(list(PEERS), len(PEERS)):
                if stage == "evicted":
                    evict(folder, peer)
                anew(measured, stage, name, peer, lambda p=peer: ask_anew(folder, p, name))  # type: ignore[misc]  # noqa: B023


def first(folder: Path, measured: Measured) -> None:
    name = next(iter(QUESTIONS))
    for _ in range(len(measured.seconds.get(("first", name, "store"), [])), ROUNDS["first"]):
        shutil.rmtree(folder / ".dart-perf" / "cache", ignore_errors=True)
        anew(measured, "first", name, "store", lambda: ask_anew(folder, "store", name))


def copied(folder: Path, place: Path) -> None:
    """Copy the store, the peers and the list of commits."""
    for name in (*FILES.values(), "commits.txt", ".git"):
        source = folder / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / name)


def appended(folder: Path, measured: Measured, rng: random.Random, size: tuple[int, int]) -> None:
    """Ask after each of many commits, on a copy."""
    name = next(iter(QUESTIONS))
    if measured.count("appended", name) >= ROUNDS["appended"]:
        return
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copied(folder, Path(place))
        peers = {peer: PEERS[peer](Path(place)) for peer in PEERS}
        for peer in peers.values():
            peer.ask(QUESTIONS[name])
        for round_, position in enumerate(range(size[1], size[1] + ROUNDS["appended"])):
            append(Path(place), peers, size, position)
            for peer in rng.sample(list(peers), len(peers)):
                measured.add("appended", name, peer, timed(lambda p=peer: peers[p].ask(QUESTIONS[name])))  # type: ignore[misc]
            if round_ < ROUNDS["appended, cold"]:
                anew(measured, "appended, cold", name, "store", lambda: ask_anew(Path(place), "store", name))


def append(folder: Path, peers: dict[str, object], size: tuple[int, int], position: int) -> None:
    """Append one commit, measured on both machines, to the store, and its values to the peers."""
    ours = peers["store"]
    assert isinstance(ours, Ours)  # noqa: S101 -- for the type checker
    commits = repository(folder, 0)
    new = [run for _, run in runs(size[0], position + 1, commits, position)]
    ours.project.store.append_runs(new, position=position)
    points: list[Point] = [(number, position, 10**6 + position, 1e-3 * (number + 1)) for number in range(size[0])]
    for peer in peers.values():
        if isinstance(peer, Sqlite | Duckdb):
            peer.append(points)


def run_anew(folder: Path, tool: str) -> None:
    """Ask a tool in a new process."""
    script = Path(__file__).parent / "series_tools.py"
    subprocess.run([sys.executable, str(script), str(folder), tool], check=True)


def tools(folder: Path, measured: Measured) -> None:
    """Ask each tool warm, cold and without any cache."""
    project = open_project(folder, {})
    for name, tool in TOOLS.items():
        for _ in range(missing(measured, "first", name)):
            shutil.rmtree(folder / ".dart-perf" / "cache", ignore_errors=True)
            anew(measured, "first", name, "store", lambda: run_anew(folder, name))  # noqa: B023 -- called at once
        tool(project)
        for _ in range(missing(measured, "warm", name)):
            measured.add("warm", name, "store", timed(lambda: tool(project)))  # noqa: B023
        for _ in range(missing(measured, "cold", name) if name in list(TOOLS)[:2] else 0):
            anew(measured, "cold", name, "store", lambda: run_anew(folder, name))  # noqa: B023


def tools_appended(folder: Path, measured: Measured, size: tuple[int, int]) -> None:
    """Ask each tool after each of some commits, on a copy."""
    if not any(missing(measured, "appended", name) for name in TOOLS):
        return
    with tempfile.TemporaryDirectory(dir=folder.parent) as place:
        copied(folder, Path(place))
        ours = Ours(Path(place))
        for tool in TOOLS.values():
            tool(ours.project)
        for position in range(size[1], size[1] + TOOL_ROUNDS["appended"]):
            append(Path(place), {"store": ours}, size, position)
            for name, tool in TOOLS.items():
                measured.add("appended", name, "store", timed(lambda: tool(ours.project)))  # noqa: B023


def missing(measured: Measured, stage: str, tool: str) -> int:
    """Return how many rounds are left."""
    return max(0, TOOL_ROUNDS[stage] - len(measured.seconds.get((stage, tool, "store"), [])))


def line(measured: Measured, stage: str, question: str) -> str:
    """Return a row of the table: p50, p99 and n of each."""
    cells = []
    for peer in PEERS:
        seconds = sorted(measured.seconds.get((stage, question, peer), []))
        if not seconds:
            cells.append("-")
            continue
        top = seconds[math.ceil(0.99 * len(seconds)) - 1]
        cells.append(f"{1000 * statistics.median(seconds):,.1f} / {1000 * top:,.1f} ({len(seconds)})")
    return f"| {stage} | {question} | {' | '.join(cells)} |"


def report(folder: Path, measured: Measured, size: tuple[int, int]) -> str:
    """Return the page of results."""
    sizes = {peer: sum(path.stat().st_size for path in files_of(folder, peer)) / 1e6 for peer in PEERS}
    cache = sum(p.stat().st_size for p in (folder / ".dart-perf" / "cache").rglob("*") if p.is_file()) / 1e6
    stages = dict.fromkeys((stage, question) for stage, question, _ in measured.seconds)
    how = f"`python benchmarks/series_queries.py --series {size[0]} --points {size[1]}`"
    lines = [
        "# Questions of long histories",
        "",
        f"{how}, Python {platform.python_version()}, {os.cpu_count()} cores.",
        f"Other work went on beside (load {os.getloadavg()[2]:.1f}); `processor` is what a new process used of one.",
        (
            f"On disk: store {sizes['store']:,.0f} MB (every repetition, twice; {cache:,.0f} MB of it cache); "
            f"one value a run alone: SQLite {sizes['SQLite']:,.0f} MB, DuckDB {sizes['DuckDB']:,.0f} MB."
        ),
        "p50 / p99 in milliseconds (n); with fewer than 100 the p99 is the longest.",
        "",
        f"| stage | question | {' | '.join(PEERS)} |",
        "|-" * (2 + len(PEERS)) + "|",
        *(line(measured, stage, question) for stage, question in stages),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where the stores are built and kept: 700 MB")
    parser.add_argument("--series", type=int, default=1000)
    parser.add_argument("--points", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="measure everything again")
    arguments = parser.parse_args()
    folder, size = arguments.folder.resolve(), (arguments.series, arguments.points)
    prepare(folder, *size)
    if arguments.again:
        (folder / "measured.jsonl").unlink(missing_ok=True)
    measured, rng = Measured(folder / "measured.jsonl"), random.Random(arguments.seed)
    if not measured.seconds:
        agree(folder)
    warm(folder, measured, rng)
    cold(folder, measured, rng, "cold")
    cold(folder, measured, rng, "evicted")
    first(folder, measured)
    appended(folder, measured, rng, size)
    tools(folder, measured)
    tools_appended(folder, measured, size)
    RESULT.write_text(report(folder, measured, size))
    print(RESULT.read_text())


if __name__ == "__main__":
    main()
