"""The tables of verify_dartpy.py: verdicts by time and by counts, case by case, and how counts repeat."""

import collections
import itertools
import json
import os
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dart_perf.analysis.verification import judge_counts
from dart_perf.model.judgement import Judgement
from dart_perf.model.verification import Counts
from dart_perf.stats.compare import compare
from dartpy_ab import VERSIONS, load

MARGIN = 0.05
RECORDED = {"chain": "simulation/step_chain20_free", "humanoid": "dynamics/forward_dynamics_humanoid"}
"""Benchmarks of the recorded blocks."""


def cases() -> Iterator[tuple[str, str, str]]:
    """Yield base, head and scenario; neighbours first, so that a part of the cases says most."""
    pairs = sorted(
        itertools.combinations(VERSIONS, 2), key=lambda pair: VERSIONS.index(pair[1]) - VERSIONS.index(pair[0])
    )
    for base, head in pairs:
        for scenario in RECORDED:
            yield base, head, scenario


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return every row."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def read(path: Path) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Return the newest row of each case that has an answer."""
    rows = [row for row in read_lines(path) if row.get("answer", {}).get("scenarios")]
    return {(row["base"], row["head"], row["scenario"]): row for row in rows}


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
    parts = verdict.get("parts", ())
    return say(parts[0]["judgement"]) if parts else "-"


def apart(verdict: dict[str, Any]) -> str:
    """Return what the answer says of time and counts that do not agree."""
    counts = verdict.get("counts")
    about = [text for text in verdict.get("warnings", ()) if "instructions" in text]
    if about:
        return "; ".join(about)
    if not counts:
        return "nothing: not counted"
    return "nothing: the same" if counts["status"] == verdict["status"] else "nothing: one is not known yet"


def counted_apart(lines: list[dict[str, Any]]) -> dict[tuple[str, str], float]:
    """Return the median count of each program and version that was counted outside of verifications."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in lines:
        if "counted" in row:
            found.setdefault((row["counted"], row["version"]), []).append(row["instructions"])
    return {key: statistics.median(values) for key, values in found.items()}


def by_counts(verdict: dict[str, Any], own: list[float | None]) -> str:
    """Return verdict and ratio by counts: the answer's, and in brackets that of the counts made apart."""
    counts, said = verdict.get("counts"), []
    said.append(f"{counts['status']} | {counts['ratio']:.4f}" if counts else "- | -")
    base, head = own
    if base is not None and head is not None:
        apart_ = judge_counts(Counts(base=round(base), head=round(head)), MARGIN)
        said.append(f"{apart_.status.value} {apart_.ratio:.4f}")
    else:
        said.append("-")
    return " | ".join(said)


def report(path: Path, data: Path | None) -> Iterator[str]:
    """Yield the lines of the table of cases."""
    lines, rows = read_lines(path), read(path)
    arms, own = load(data, "cpu minimum") if data else {}, counted_apart(lines)
    yield f"# Verifying changes from one dartpy version to another (margin {MARGIN:.0%})\n"
    yield (
        "Ratios are head / base; `benchmarks/verify_dartpy.py` says how they are measured. Pairs are those of all "
        "calls of a case, seconds those of the last call, with its wait for others. The load is that of other "
        f"measurements and tests on {os.cpu_count()} cores.\n"
    )
    yield (
        "| versions | program | by time | process CPU | pairs | s | by counts | instructions | counted apart | of the "
        "two verdicts the answer says | inside | 30 recorded blocks | load |"
    )
    yield "|" + "---|" * 13
    for case in cases():
        if case not in rows:
            continue
        base, head, name = case
        row = rows[case]
        verdict = row["answer"]["scenarios"][0]
        sides = [arms.get((version, RECORDED[name])) for version in (base, head)]
        truth = say(compare(*sides, margin=MARGIN, paired=True)) if all(s is not None for s in sides) else "-"  # type: ignore[arg-type]  # none is None
        load_said = f"{verdict['load']:.1f}" if verdict.get("load") is not None else f"{max(row['load']):.1f}"
        counted = by_counts(verdict, [own.get((name, version)) for version in (base, head)])
        timed = f"{verdict['status']} | {say(verdict.get('judgement'))} | {verdict['pairs']} | {row['seconds']:.0f}"
        yield (
            f"| {base} to {head} | {name} | {timed} | {counted} | {apart(verdict)} | {inside(verdict)} | {truth} | "
            f"{load_said} |"
        )
    failed = [row for row in lines if "failed" in row]
    verdicts = [row["answer"]["scenarios"][0] for row in rows.values()]
    tally = collections.Counter(verdict["status"] for verdict in verdicts)
    said = ", ".join(f"{count} {status}" for status, count in tally.most_common())
    counted_too = sum(verdict.get("counts") is not None for verdict in verdicts)
    yield f"\n{len(rows)} cases: {said}; {counted_too} counted. {len(failed)} calls had no answer and were made again."


def report_counts(path: Path) -> Iterator[str]:
    """Yield a table of how counts repeat and what they cost; nothing where there are none."""
    found = [row for row in read_lines(path) if "counted" in row]
    if not found:
        return
    yield "\n## Instructions of a whole process, again and again\n"
    yield "Valgrind's cachegrind; CPU seconds of a process alone and under it, medians; last its wall time.\n"
    yield "| program | dartpy | n | instructions, median | (max - min) / median | CPU s | under valgrind | times | s |"
    yield "|" + "---|" * 9
    for name, version in itertools.product(RECORDED, VERSIONS):
        mine = [row for row in found if (row["counted"], row["version"]) == (name, version)]
        if not mine:
            continue
        counts, plain, counted = ([row[key] for row in mine] for key in ("instructions", "plain_cpu", "cpu"))
        middle = statistics.median(counts)
        slower = statistics.median(counted) / statistics.median(plain)
        seconds = [row["seconds"] for row in mine]
        spread = f"{(max(counts) - min(counts)) / middle:.6f}" if mine[1:] else "-"
        yield (
            f"| {name} | {version} | {len(mine)} | {middle:,.0f} | {spread} | "
            f"{statistics.median(plain):.2f} | {statistics.median(counted):.1f} | {slower:.0f} | "
            f"{min(seconds):.0f} to {max(seconds):.0f} |"
        )
    loads = [row["load"] for row in found]
    yield f"\nLoad average meanwhile {min(loads):.1f} to {max(loads):.1f} on {os.cpu_count()} cores."
