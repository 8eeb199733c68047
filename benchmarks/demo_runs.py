"""How often `make demo` gives its three verdicts while other work keeps every core busy, and how long it takes.

    python benchmarks/demo_runs.py --runs 10 --busy 2

Appends one line a run to results/demo_runs.jsonl, so that it can be stopped and gone on with.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).parent / "results" / "demo_runs.jsonl"
SPIN = "while True: pass"
LONGEST_SECONDS = 600


def run_once(seed: int) -> dict[str, object]:
    """Run the demo and return what it said."""
    started = time.monotonic()
    argv = [sys.executable, "examples/demo.py", "--seed", str(seed)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS)
    verdicts = re.findall(r"^([A-Z_]{6,}):", done.stdout, flags=re.MULTILINE)
    planted = re.search(r"the planted .*", done.stdout)
    return {
        "seed": seed,
        "exit": done.returncode,
        "seconds": round(time.monotonic() - started, 1),
        "verdicts": verdicts,
        "planted": planted.group(0) if planted else None,
        "problem": done.stderr.strip().splitlines()[-1:] if done.returncode else [],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10, choices=range(1, 201), metavar="1..200")
    parser.add_argument("--busy", type=int, default=2, choices=range(9), metavar="0..8", help="spinning processes")
    arguments = parser.parse_args()
    known = [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    first = 1 + max((row["seed"] for row in known if row["busy"] == arguments.busy), default=0)
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN]) for _ in range(arguments.busy)]
    try:
        for seed in range(first, first + arguments.runs):
            row = run_once(seed) | {"busy": arguments.busy}
            print(json.dumps(row), flush=True)
            with RESULTS.open("a") as file:
                file.write(json.dumps(row) + "\n")
    finally:
        for process in spinning:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
