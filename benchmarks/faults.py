"""The fault tests for hours instead of seconds, and the naive ways beside; what is 0 gets its 95 % upper bound.

    python benchmarks/faults.py --kills 1000 --flips 100000

Runs the programs of tests/faults in pieces, each with its own seed, two at once, and appends what each found to
results/faults.jsonl: a run that is stopped goes on where it was. results/faults.md is made from that file.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
sys.path.insert(0, str(ROOT))  # the programs of tests/faults are run, and read, from there

from tests.faults.harness import run_all  # noqa: E402 -- needs the path above

KILLS, FLIPS = 50, 5000
"""Kills and flips of one piece."""


def pieces(kills: int, flips: int) -> list[list[str]]:
    """Return the arguments of every piece but for its folder; its words name it."""
    found = [["kills", "--rounds", str(KILLS // 2), "--seed", str(n)] for n in range(kills // KILLS)]
    for way in ("naive", "rename"):
        found += [["kills", "--way", way, "--rounds", str(KILLS // 2), "--seed", str(n)] for n in range(kills // KILLS)]
    found += [["flips", "--flips", str(FLIPS), "--seed", str(n)] for n in range(flips // FLIPS)]
    return [*found, ["tears", "--runs", "12"]]


def done(file: Path) -> dict[str, dict[str, Any]]:
    """Return what every piece that was run found, by its words."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return {" ".join(line["piece"]): line["found"] for line in map(json.loads, lines)}


def run(piece: list[str], file: Path) -> None:
    """Run a piece and note what it found."""
    with tempfile.TemporaryDirectory() as folder:
        (found,) = run_all([piece[0], f"{folder}/store", *piece[1:]])
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps({"piece": piece, "found": found}) + "\n")


def bound(failed: int, n: int) -> str:
    """Return the share of failures; where none did, the 95 % upper bound 3/n (rule of three)."""
    return f"0 (at most {3 / n:.2g})" if not failed else f"{failed / n:.3g}"


def tables(found: dict[str, dict[str, Any]]) -> str:
    """Return the tables."""
    lines = [
        "| way | rounds | kills | acknowledged | lost | share lost | unreadable after a round | share |",
        "|-" * 8 + "|",
    ]
    for way in ("store", "naive", "rename"):
        counts = [count for words, count in found.items() if words.startswith("kills") and count["way"] == way]
        if counts:
            keys = ("rounds", "kills", "acknowledged", "lost", "unreadable")
            rounds, kills, said, lost, bad = (sum(count[key] for count in counts) for key in keys)
            shares = bound(lost, said), bound(bad, rounds)
            lines.append(f"| {way} | {rounds} | {kills} | {said:,} | {lost:,} | {shares[0]} | {bad} | {shares[1]} |")
    lines += ["", "| bits flipped in | flips | refused | harmless | accepted | share accepted |", "|-" * 6 + "|"]
    kinds: dict[str, Counter[str]] = {}
    for count in (count for words, count in found.items() if words.startswith("flips")):
        for kind, became in count.items():
            kinds.setdefault(kind, Counter()).update(became)
    kinds["all"] = sum(kinds.values(), Counter())
    for kind, c in kinds.items():
        shown = f"{c['refused']:,} | {c['harmless']:,} | {c['accepted']}"
        lines.append(f"| {kind} | {c.total():,} | {shown} | {bound(c['accepted'], c.total())} |" if c else "")
    lines += ["", "| torn at every byte | cuts | what became of it |", "|-" * 3 + "|"]
    for count in (count for words, count in found.items() if words.startswith("tears")):
        lines += [f"| {what} | {sum(became.values()):,} | {became} |" for what, became in count.items()]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=1000, choices=range(KILLS, 100_001), metavar=f"{KILLS}..100000")
    parser.add_argument("--flips", type=int, default=100_000, choices=range(FLIPS, 10**7), metavar=f"{FLIPS}..")
    arguments = parser.parse_args()
    file = RESULTS / "faults.jsonl"
    wanted = pieces(arguments.kills, arguments.flips)
    left = [piece for piece in wanted if " ".join(piece) not in done(file)]
    print(f"{len(left)} of {len(wanted)} pieces are to be run", flush=True)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda piece: run(piece, file), left))
    command = f"`python benchmarks/faults.py --kills {arguments.kills} --flips {arguments.flips}`"
    text = f"{command}\n\n{tables(done(file))}\n"
    (RESULTS / "faults.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
