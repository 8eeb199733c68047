#!/usr/bin/env python3
"""Verify changes from one dartpy version to another: six pairs, two programs, by time and by counts.

    python benchmarks/verify_dartpy.py FOLDER
    python benchmarks/verify_dartpy.py FOLDER --counts 3
    python benchmarks/verify_dartpy.py FOLDER --report --data dartpy_ab_raw.jsonl

FOLDER gets an environment for each version (from PyPI, made once) and a git repository with a tag for each: what
differs between two of them is the interpreter that they link to. `dart-regression-detector --verify-change` judges
every pair, with a store of its own for each case, so that no case is another's second attempt. A case that was judged
is not judged again; `--again` goes on with those that were INCONCLUSIVE, from the pairs that they have.

A process starts up too: of 0.5 s of CPU time about 0.15 s are imports. So the process's ratio lies nearer to 1 than
that of the operation, which the program prints and the table shows too ("inside"). The 30 blocks of `--data` are of
other programs on another day: the chain is the same, the humanoid is another one.

`--counts N` counts each process N times, as a verification does, and says how well that repeats and what it costs.
"""

import argparse
import datetime as dt
import itertools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dart_perf.measure.process import environment_for, run
from dart_perf.measure.whole import count_whole
from dart_perf.model.judgement import Judgement
from dart_perf.stats.compare import compare
from dartpy_ab import KINDS, VERSIONS, load

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
NUMPY = "2.4.6"
"""The same for all: importing it is half of a process's start."""
MARGIN = 0.05
BUDGET_SECONDS = 240
LIMIT_SECONDS = 1800.0
"""Time for a case to end by itself, with its wait for the machine's lock."""
PROGRAMS = {
    "chain": '''"""300 steps of a chain of 20 links, again and again."""

import dartpy

from dart_perf.collect.probe import Loop, Probe
from dart_perf.measure.scenarios.chain_step import STEPS, build, reset, state_hash

with Probe("chain", group="dynamics", version=dartpy.__version__) as probe:
    world, chain = build()
    probe.run([Loop("step", world.step, STEPS, lambda: reset(world, chain))], batches=40)
    reset(world, chain)
    for _ in range(STEPS):
        world.step()
    probe.guard("state_hash", state_hash(chain))
''',
    "humanoid": '''"""Forward dynamics of the humanoid without a floor, again and again."""

import dartpy

from dart_perf.collect.probe import Probe
from dart_perf.measure.scenarios.standard_robot import build, loops, reset

with Probe("humanoid", group="dynamics", version=dartpy.__version__) as probe:
    robot = build(ground=False)
    forward = next(loop for loop in loops(robot) if loop.name == "forward_dynamics")
    probe.run([forward], batches=80)
    reset(robot)
    forward.operation()
    found = robot.skeleton.getAccelerations()
    probe.guard("accelerations", sum((1.0 + 0.01 * i) * float(a) for i, a in enumerate(found)), tolerance=1e-9)
''',
}
RECORDED = {"chain": "simulation/step_chain20_free", "humanoid": "dynamics/forward_dynamics_humanoid"}
"""Benchmarks of the recorded blocks."""
SCENARIO = """[scenario.{name}]
argv = ["{{root}}/bin/python", "{{root}}/{name}.py"]
variables = {{ PYTHONPATH = "{source}", OMP_NUM_THREADS = "1", PYTHONDONTWRITEBYTECODE = "1" }}
group = "dynamics"
benchmark_files = ["{name}.py"]
"""
GIT = ("git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org", "-c", "commit.gpgsign=false")
GIT_ENVIRONMENT = os.environ | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def git(folder: Path, *arguments: str) -> None:
    """Run git in `folder`."""
    subprocess.run([*GIT, *arguments], cwd=folder, env=GIT_ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)


def make_environment(folder: Path, version: str) -> None:
    """Make an environment with this dartpy, unless it is there."""
    made = folder / "made"
    if made.exists():
        return
    print(f"installing dartpy {version}", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--only-binary=:all:", f"dartpy=={version}", f"numpy=={NUMPY}"], check=True)
    subprocess.run([str(folder / "bin" / "python"), "-c", "import dartpy"], check=True)  # writes byte code
    made.touch()


def make_repository(folder: Path, environments: Path) -> None:
    """Make the repository with a tag for each version, unless it is there.

    Each commit is an environment made of links, whose interpreter believes that the worktree is where it was installed.
    A script that ends with `exec` would do for times, but valgrind does not follow it without being told to.
    """
    made = folder / ".git" / "made"
    if made.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    packages = Path("lib") / f"python{sysconfig.get_python_version()}" / "site-packages"
    (folder / packages.parent).mkdir(parents=True)
    (folder / "bin").mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for name, source in PROGRAMS.items():
        (folder / f"{name}.py").write_text(source)
    scenarios = [SCENARIO.format(name=name, source=ROOT / "shared") for name in PROGRAMS]
    (folder / "dart-perf.toml").write_text("\n".join(scenarios))
    (folder / ".gitignore").write_text("__pycache__/\n.dart-perf/\n")
    for version in VERSIONS:
        for link in (Path("bin/python"), packages):
            (folder / link).unlink(missing_ok=True)
            (folder / link).symlink_to(environments / version / link)
        settings = (environments / version / "pyvenv.cfg").read_text().splitlines()
        kept = [line for line in settings if not line.startswith("command")]
        (folder / "pyvenv.cfg").write_text("\n".join([*kept, f"# dartpy {version}", ""]))
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", f"--message=Run dartpy {version}")
        git(folder, "tag", f"v{version}")
    made.touch()


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield base, head and scenario; neighbours first, so that a part of the cases says most."""
    pairs = sorted(
        itertools.combinations(VERSIONS, 2), key=lambda pair: VERSIONS.index(pair[1]) - VERSIONS.index(pair[0])
    )
    for base, head in pairs:
        for scenario in PROGRAMS:
            yield base, head, scenario


def judge(folder: Path, base: str, head: str, scenario: str, budget: int) -> dict[str, Any]:
    """Return a row: what the command answered, how long it took, and the load before and after."""
    own = folder / "cases" / f"{scenario}-{base}-{head}"
    env = os.environ | {"DART_PERF_HOME": str(own / "store"), "DART_PERF_STATE": str(own / "state")}
    repository = folder / "repository"
    commands = Path(sys.executable).parent
    subprocess.run(
        [str(commands / "dart-perf-baseline"), "--trust", "--project", str(repository)],
        env=env, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    argv = [str(commands / "dart-regression-detector"), "--verify-change", "--project", str(repository)]
    argv += ["--scenario", scenario, "--base", f"v{base}", "--head", f"v{head}", "--margin", str(MARGIN)]
    argv += ["--budget", str(budget), "--format", "json"]
    row: dict[str, Any] = {"base": base, "head": head, "scenario": scenario, "budget": budget}
    row |= {"when": now().isoformat(timespec="seconds"), "load": [os.getloadavg()[0]]}
    start = time.monotonic()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    row |= {"seconds": round(time.monotonic() - start, 1), "exit": done.returncode}
    row["load"].append(os.getloadavg()[0])
    try:
        answer = json.loads(done.stdout)
        return row | {"answer": answer.get("verification") or answer}
    except ValueError:
        return row | {"failed": (done.stderr or done.stdout)[-2000:]}


def read(path: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the newest row of each case that has an answer."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [row for row in map(json.loads, lines) if row.get("answer", {}).get("scenarios")]
    return {(row["base"], row["head"], row["scenario"]): row for row in rows}


def prepare(folder: Path) -> None:
    """Make environments and repository, unless they are there."""
    for version in VERSIONS:
        make_environment(folder / "environments" / version, version)
    make_repository(folder / "repository", folder / "environments")


def measure(folder: Path, path: Path, *, budget: int, again: bool) -> None:
    """Judge every case that is not judged yet."""
    done = read(path)
    for case in cases():
        said = done[case]["answer"]["scenarios"][0]["status"] if case in done else None
        if said and not (again and said == "INCONCLUSIVE"):
            continue
        row = judge(folder, *case, budget=budget)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        found = row["answer"]["scenarios"][0]["status"] if row.get("answer", {}).get("scenarios") else row
        print(*case, found, row["seconds"], "s", flush=True)


def spent() -> float:
    """Return the CPU seconds of all processes that were started and ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def count(folder: Path, path: Path, times: int) -> None:
    """Count every program with every version so often, each time beside a process that is not counted."""
    env = environment_for() | {"PYTHONPATH": str(ROOT / "shared"), "OMP_NUM_THREADS": "1"}
    for _, version, name in itertools.product(range(times), VERSIONS, PROGRAMS):
        argv = [str(folder / "environments" / version / "bin" / "python"), str(folder / "repository" / f"{name}.py")]
        row: dict[str, Any] = {"counted": name, "version": version, "load": os.getloadavg()[0]}
        plain = run(argv, cwd=folder, env=env, timeout=LIMIT_SECONDS, clock=now)
        before, start = spent(), time.monotonic()
        row["instructions"] = count_whole(argv, cwd=folder, env=env, timeout=LIMIT_SECONDS, clock=now)
        row |= {"seconds": time.monotonic() - start, "cpu": spent() - before, "plain_cpu": plain.cpu_seconds}
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        print(row, flush=True)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def say(found: dict[str, Any] | Judgement | None) -> str:
    """Return a ratio with its interval; more than 1 is slower."""
    if not found:
        return "-"
    said = found.model_dump() if isinstance(found, Judgement) else found
    if said.get("ratio") is None:
        return "-"
    low, high = (f"{end:.3f}" if (end := said.get(side)) is not None else "?" for side in ("low", "high"))
    return f"{said['ratio']:.3f} [{low}, {high}]"


def inside(verdict: dict[str, Any]) -> str:
    """Return the ratio of the CPU time that the program printed of its operation."""
    parts = [part for part in verdict.get("parts", ()) if "wall" not in part["benchmark"]]
    return say(parts[0]["judgement"]) if parts else "-"


def disagreement(verdict: dict[str, Any]) -> str:
    """Return what the answer says of time and counts that do not agree."""
    counts = verdict.get("counts")
    if not counts:
        return "; ".join(text for text in verdict.get("warnings", ()) if "count" in text) or "no counts"
    if counts["status"] == verdict["status"]:
        return "same verdict"
    return "; ".join(text for text in verdict.get("warnings", ()) if "instruction" in text) or "nothing"


def report(rows: dict[tuple[str, str, str], dict[str, Any]], data: Path | None) -> Iterator[str]:
    """Yield the lines of the tables."""
    arms = load(data, "cpu minimum") if data else {}
    yield f"# Verifying changes from one dartpy version to another (margin {MARGIN:.0%})\n"
    yield "Ratios are head / base with 95 % intervals; `benchmarks/verify_dartpy.py` says how they are measured.\n"
    yield (
        "| versions | program | by time | process CPU | pairs | seconds | by counts | instructions | of the two "
        "verdicts the answer says | inside | 30 recorded blocks | load |"
    )
    yield "|" + "---|" * 12
    for case in cases():
        if case not in rows:
            continue
        base, head, name = case
        row = rows[case]
        verdict = row["answer"]["scenarios"][0]
        counts = verdict.get("counts") or {}
        sides = [arms.get((version, RECORDED[name])) for version in (base, head)]
        truth = say(compare(*sides, margin=MARGIN, paired=True)) if all(s is not None for s in sides) else "-"  # type: ignore[arg-type]  # none is None
        measured = (
            f"{verdict['status']} | {say(verdict.get('judgement'))} | {verdict.get('pairs')} | {row['seconds']:.0f}"
        )
        counted = f"{counts.get('status', '-')} | {counts['ratio']:.4f}" if counts else "- | -"
        load_said = f"{verdict['load']:.1f}" if verdict.get("load") is not None else f"{max(row['load']):.1f}"
        yield (
            f"| {base} to {head} | {name} | {measured} | {counted} | {disagreement(verdict)} | {inside(verdict)} | "
            f"{truth} | {load_said} |"
        )


def report_counts(path: Path) -> Iterator[str]:
    """Yield a table of how counts repeat and what they cost; nothing where there are none."""
    found = [row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()) if "counted" in row]
    if not found:
        return
    yield "\n## Instructions of a whole process, again and again\n"
    yield "Valgrind's cachegrind; CPU seconds of a process alone and under it, medians; last its wall time.\n"
    yield "| program | dartpy | n | instructions, median | (max - min) / median | CPU s | under valgrind | times | s |"
    yield "|" + "---|" * 9
    for name, version in itertools.product(PROGRAMS, VERSIONS):
        mine = [row for row in found if (row["counted"], row["version"]) == (name, version)]
        if not mine:
            continue
        counts, plain, counted = ([row[key] for row in mine] for key in ("instructions", "plain_cpu", "cpu"))
        middle = statistics.median(counts)
        slower = statistics.median(counted) / statistics.median(plain)
        seconds = [row["seconds"] for row in mine]
        yield (
            f"| {name} | {version} | {len(mine)} | {middle:,.0f} | {(max(counts) - min(counts)) / middle:.6f} | "
            f"{statistics.median(plain):.2f} | {statistics.median(counted):.1f} | {slower:.0f} | "
            f"{min(seconds):.0f} to {max(seconds):.0f} |"
        )
    loads = [row["load"] for row in found]
    yield f"\nLoad average meanwhile {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores."


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="gets environments, repository and stores")
    parser.add_argument("--results", type=Path, default=RESULTS / "verify_dartpy.jsonl", help="what was judged already")
    parser.add_argument("--budget", type=int, default=BUDGET_SECONDS, help="seconds a case")
    parser.add_argument("--again", action="store_true", help="go on with cases that were INCONCLUSIVE")
    parser.add_argument("--counts", type=int, default=0, metavar="N", help="count every process N times instead")
    parser.add_argument("--report", action="store_true", help="write verify_dartpy.md of what is there")
    parser.add_argument("--data", type=Path, help=f"dartpy_ab_raw.jsonl, for --report: {', '.join(KINDS)} of 30 blocks")
    asked = parser.parse_args()
    if asked.report:
        lines = [*report(read(asked.results), asked.data), *report_counts(asked.results)]
        text = "\n".join(lines) + "\n"
        asked.results.with_suffix(".md").write_text(text, encoding="utf-8")
        print(text)
        return
    folder = asked.folder.resolve()
    prepare(folder)
    if asked.counts:
        count(folder, asked.results, asked.counts)
    else:
        measure(folder, asked.results, budget=asked.budget, again=asked.again)


if __name__ == "__main__":
    main()
