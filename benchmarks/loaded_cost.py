"""What it costs a process to report what it loads: CPU and wall time of whole processes, with and without, in rounds.

python benchmarks/loaded_cost.py --rounds 300 --python .venv/bin/python

Each round runs every arm once in random order; differences are taken within a round, against the arm `plain`. `plain
again` shows what two equal arms differ by. All arms get environments of one size. With --counts each arm runs once and
its instructions are counted, which no other work on the machine disturbs; what the kernel does is not in them.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dart_perf.measure.loaded import read_loaded, reporting
from dart_perf.measure.whole import count_whole

SOURCE = "#include <iostream>\n#include <vector>\nint main() { std::cout << std::vector<int>(9).size() << '\\n'; }\n"
ARMS = ("plain", "plain again", "modules", "libraries", "both")


def environment(arm: str, folder: Path) -> dict[str, str]:
    """Return the environment of an arm; what an arm does without stands there under names that nothing reads."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    whole = reporting(plain, folder)
    off: dict[str, tuple[str, ...]] = {"plain": ("PYTHONPATH", "DART_PERF_LOADED", "LD_DEBUG", "LD_DEBUG_OUTPUT")}
    off |= {"plain again": off["plain"], "modules": off["plain"][2:], "libraries": off["plain"][:2], "both": ()}
    return {("XX" + name[2:] if name in off[arm] else name): value for name, value in whole.items()}


def cost(argv: list[str], env: Mapping[str, str]) -> tuple[float, float]:
    """Return CPU and wall milliseconds of one process, which must end well."""
    started = time.perf_counter()
    pid = os.posix_spawn(argv[0], argv, env, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - started
    if status:
        sys.exit(f"{list(argv)} ended with status {os.waitstatus_to_exitcode(status)}")
    return 1000 * (usage.ru_utime + usage.ru_stime), 1000 * wall


def interval(values: Sequence[float]) -> str:
    """Return median and a 95 % interval of it by order statistics (binomial), milliseconds."""
    ordered, n = sorted(values), len(values)
    reach = round(0.98 * n**0.5)
    low, high = ordered[max(0, n // 2 - reach)], ordered[min(n - 1, n // 2 + reach)]
    return f"{statistics.median(ordered):6.3f} [{low:6.3f}, {high:6.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the imports")
    parser.add_argument("--imports", nargs="*", default=["json", "numpy", "dartpy"])
    parser.add_argument("--counts", action="store_true", help="count instructions instead, under valgrind")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as made:
        top = Path(made)
        (top / "small.cpp").write_text(SOURCE)
        subprocess.run([shutil.which("g++") or "g++", "-O2", "small.cpp", "-o", "small"], cwd=top, check=True)
        python = str(Path(asked.python).absolute())
        programs = {"C++, 3 libraries": [str(top / "small")], "python -c pass": [python, "-c", "pass"]}
        programs |= {f"import {name}": [python, "-c", f"import {name}"] for name in asked.imports}
        for title, argv in programs.items():
            if asked.counts:
                count(title, argv, top)
            else:
                measure(title, argv, asked.rounds, rng, top)


def count(title: str, argv: list[str], top: Path) -> None:
    """Print the instructions of each arm."""
    found = {}
    for arm in ARMS:
        folder = top / "reports"
        folder.mkdir()
        env = environment(arm, folder) | {"PYTHONHASHSEED": "0"}
        found[arm] = count_whole(argv, cwd=top, env=env, timeout=600, clock=lambda: datetime.now(UTC))
        shutil.rmtree(folder)
    plain = found["plain"]
    print(f"\n{title}: {plain:,} instructions")
    for arm in ARMS[1:]:
        print(f"  {arm:<12} {found[arm] - plain:+,} ({found[arm] / plain - 1:+.2%})", flush=True)


def measure(title: str, argv: list[str], rounds: int, rng: random.Random, top: Path) -> None:
    """Print a line for each arm."""
    found: dict[str, list[tuple[float, float]]] = {arm: [] for arm in ARMS}
    files = 0
    for _ in range(rounds + 1):  # the first one warms caches
        for arm in rng.sample(ARMS, len(ARMS)):
            folder = top / "reports"
            folder.mkdir()
            found[arm].append(cost(argv, environment(arm, folder)))
            files = max(files, len(read_loaded(folder).files))
            folder.rmdir()
    plain = found["plain"][1:]
    cpu = statistics.median(value[0] for value in plain)
    print(f"\n{title}: {cpu:.1f} ms of CPU, {files} files, n {rounds} rounds")
    for arm in ARMS[1:]:
        pairs = list(zip(found[arm][1:], plain, strict=True))
        said = [interval([mine[i] - its[i] for mine, its in pairs]) for i in (0, 1)]
        print(f"  {arm:<12} CPU {said[0]} ms   wall {said[1]} ms", flush=True)


if __name__ == "__main__":
    main()
