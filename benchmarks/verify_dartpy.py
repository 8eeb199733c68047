#!/usr/bin/env python3
"""Verify changes from one dartpy version to another: six pairs, two programs, by time and by counts.

    python benchmarks/verify_dartpy.py FOLDER
    python benchmarks/verify_dartpy.py FOLDER --counts 3
    python benchmarks/verify_dartpy.py FOLDER --report --data dartpy_ab_raw.jsonl

FOLDER gets an environment for each version (from PyPI, made once) and a git repository with a tag for each: what
differs between two of them is the interpreter that they link to. `dart-regression-detector --verify-change` judges
every pair, with a store of its own for each case, so that no case is another's second attempt. A case that was judged
is not judged again; `--again` goes on with those that were INCONCLUSIVE or not counted, from the pairs they have.

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
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

from dart_perf.measure.process import environment_for, run
from dart_perf.measure.whole import count_whole
from dartpy_ab import KINDS, VERSIONS
from verify_dartpy_report import MARGIN, cases, read, report, report_counts

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
NUMPY = "2.4.6"
"""The same for all: importing it is half of a process's start."""
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
    code = subprocess.run([*GIT, "rev-parse", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    row["code"] = code.strip()[:12]
    row |= {"when": now().isoformat(timespec="seconds"), "load": [os.getloadavg()[0]]}
    start = time.monotonic()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    row |= {"seconds": round(time.monotonic() - start, 1), "exit": done.returncode}
    row["load"].append(os.getloadavg()[0])
    stdout, stderr = (text.replace(str(folder), "FOLDER") for text in (done.stdout, done.stderr))
    try:
        answer = json.loads(stdout)
        return row | {"answer": answer.get("verification") or answer}
    except ValueError:
        return row | {"failed": (stderr or stdout)[-2000:]}


def prepare(folder: Path) -> None:
    """Make environments and repository, unless they are there."""
    for version in VERSIONS:
        make_environment(folder / "environments" / version, version)
    make_repository(folder / "repository", folder / "environments")


def measure(folder: Path, path: Path, *, budget: int, again: bool) -> None:
    """Judge every case that is not judged yet."""
    done = read(path)
    for case in cases():
        said = done[case]["answer"]["scenarios"][0] if case in done else None
        if said and not (again and (said["status"] == "INCONCLUSIVE" or not said.get("counts"))):
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="gets environments, repository and stores")
    parser.add_argument("--results", type=Path, default=RESULTS / "verify_dartpy.jsonl", help="what was judged already")
    parser.add_argument("--budget", type=int, default=BUDGET_SECONDS, help="seconds a case")
    parser.add_argument("--again", action="store_true", help="go on with cases that were INCONCLUSIVE or not counted")
    parser.add_argument("--counts", type=int, default=0, metavar="N", help="count every process N times instead")
    parser.add_argument("--report", action="store_true", help="write verify_dartpy.md of what is there")
    parser.add_argument("--data", type=Path, help=f"dartpy_ab_raw.jsonl, for --report: {', '.join(KINDS)} of 30 blocks")
    asked = parser.parse_args()
    if asked.report:
        lines = [*report(asked.results, asked.data), *report_counts(asked.results)]
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
