"""The official MCP conformance suite over HTTP against both real servers, in both eras of the protocol.

    python -m tests.servers.suite > benchmarks/results/conformance.md

What must fail and why stands in conformance_expected.yaml, what passes without a test in conformance_vacuous.yaml.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.node import Node, needed
from tests.servers.web import LEGACY, MODERN, served

SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
"""The first line of versions that knows 2026-07-28 is an alpha; 0.1.16, the newest that is none, ends at 2025-11-25."""
OLDEST_NODE = 22
"""The suite imports fs.globSync, which older ones lack."""
ERAS = (LEGACY, MODERN)
MODULES = ("performance_monitor", "regression_detector")
HERE = Path(__file__).parent
EXPECTED, VACUOUS = HERE / "conformance_expected.yaml", HERE / "conformance_vacuous.yaml"
SECONDS = 300
_ENTRY = re.compile(r"^  - ([^ ]+)  # (.+)$")
_RESULT = re.compile(r"^(✓|✗) ([a-z0-9-]+): \d+ passed", re.MULTILINE)


@dataclass(frozen=True)
class Outcome:
    """One run of the suite."""

    status: int
    text: str
    missing: bool
    """Whether the suite could not be had, e.g. without a network."""

    @property
    def scenarios(self) -> dict[str, bool]:
        """Whether each scenario passed."""
        return {name: mark == "✓" for mark, name in _RESULT.findall(self.text)}


def entries(file: Path) -> dict[str, str]:
    """Return the reason of every entry. Raises ValueError where an entry has none."""
    lines = [line for line in file.read_text().splitlines() if line.startswith("  ")]
    found = [_ENTRY.match(line) for line in lines]
    bare = [line for line, match in zip(lines, found, strict=True) if match is None]
    if bare:
        raise ValueError(f"{file.name}: no reason beside {bare}")
    return {match[1]: match[2] for match in found if match}


def vacuous(era: str) -> set[str]:
    """Return the scenarios that pass in this era without a test."""
    named = [name.partition("@") for name in entries(VACUOUS)]
    return {name for name, _, only in named if only in {"", era}}


def run(node: Node, url: str, era: str, folder: Path) -> Outcome:
    """Run every scenario of the era against a server."""
    argv = [*node.npx, "-y", SUITE, "server", "--url", f"{url}/mcp", "--suite", "all", "--spec-version", era]
    argv += ["--expected-failures", str(EXPECTED), "--output-dir", str(folder)]
    done = subprocess.run(
        argv, cwd=folder, env=node.environment(), capture_output=True, text=True, check=False, timeout=SECONDS
    )
    return Outcome(done.returncode, done.stdout + done.stderr, "npm error" in done.stderr)


def table(outcomes: Mapping[tuple[str, str], Outcome]) -> str:
    """Return the outcomes as Markdown."""
    lines = [f"`python -m tests.servers.suite`, {SUITE}, over HTTP on loopback.", ""]
    lines += ["| server | era | scenarios | passed | passed without a test of ours | fail as expected | unexpected |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for (module, era), outcome in outcomes.items():
        passed = {name for name, good in outcome.scenarios.items() if good}
        empty = passed & vacuous(era)
        unexpected = "none" if outcome.status == 0 else f"exit {outcome.status}"
        failed = len(outcome.scenarios) - len(passed)
        counts = f"{len(outcome.scenarios)} | {len(passed - empty)} | {len(empty)} | {failed}"
        lines.append(f"| {module} | {era} | {counts} | {unexpected} |")
    lines += ["", "Passed, with something of ours tested, by both servers:", ""]
    for era in ERAS:
        runs = [outcome.scenarios for (_, of), outcome in outcomes.items() if of == era]
        both = sorted(name for name in runs[0] if all(seen.get(name) for seen in runs) and name not in vacuous(era))
        lines.append(f"- {era}: {', '.join(f'`{name}`' for name in both)}")
    single = sorted({name.partition(":")[0] for name in entries(EXPECTED) if ":" in name} - vacuous(MODERN))
    lines += ["", f"Passed but for single checks that are named below: {', '.join(f'`{name}`' for name in single)}."]
    lines += ["", "Passed without a test of ours, not counted:", ""]
    lines += [f"- `{name}`: {why}" for name, why in entries(VACUOUS).items()]
    lines += ["", "Expected to fail, or a single check of it:", ""]
    lines += [f"- `{name}`: {why}" for name, why in entries(EXPECTED).items()]
    return "\n".join(lines)


def main() -> None:
    """Run everything and print the table; end with 1 where something was unexpected."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    node = needed(OLDEST_NODE)
    outcomes = {}
    with tempfile.TemporaryDirectory() as folder:
        for module in MODULES:
            with served(Path(folder), os.environ, module) as server:
                for era in ERAS:
                    outcomes[module, era] = run(node, server.url, era, Path(folder))
    sys.stdout.write(table(outcomes) + "\n")
    bad = [outcome.text for outcome in outcomes.values() if outcome.status]
    sys.stderr.writelines(bad)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
