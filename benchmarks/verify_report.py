"""The report of verify_cases.py: what was said of every edit, how soon, and false alarms beside others' rules."""

import collections
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import binomtest, ttest_ind

from verify_call import read_rows
from verify_repository import ARMS, read_calibration

RESULTS = Path(__file__).parent / "results"
CASES, PEER_ROWS, REPORT = (RESULTS / name for name in ("verify_cases.jsonl", "verify_peers.jsonl", "verify_cases.md"))
SHOWN = ("REGRESSION_DETECTED", "IMPROVEMENT_DETECTED", "NORMAL", "INCONCLUSIVE")
TITLES = {"same": "A/A (a comment)", "slower": "+10 %", "faster": "-10 %", "slight": "+2 %, margin 1 %"}
RIGHT = {
    "same": "NORMAL",
    "slower": "REGRESSION_DETECTED",
    "faster": "IMPROVEMENT_DETECTED",
    "slight": "REGRESSION_DETECTED",
}
WRONG = {
    "same": {"REGRESSION_DETECTED", "IMPROVEMENT_DETECTED"},
    "slower": {"IMPROVEMENT_DETECTED", "NORMAL"},
    "faster": {"REGRESSION_DETECTED", "NORMAL"},
    "slight": {"IMPROVEMENT_DETECTED", "NORMAL"},
}
"""Claims that are false: of a planted edit the other sign, and that it is within the margin."""
ASKED = {
    "same": "at most 1 of 40 false, at least 30 `NORMAL`",
    "slower": "at least 38 of 40 right, no wrong sign",
    "faster": "at least 38 of 40 right, no wrong sign",
    "slight": "none `NORMAL`; at least 15 of 20 right by counts",
}
ALPHA = 0.05
MARGIN = 0.05
Row = dict[str, Any]


def share(count: int, total: int) -> str:
    """Return a count with the Clopper-Pearson 95 % interval of its share."""
    if not total:
        return "-"
    span = binomtest(count, total).proportion_ci(method="exact")
    return f"{count} [{100 * span.low:.0f}, {100 * span.high:.0f}] %"


def spread(values: Sequence[float]) -> str:
    """Return the median and the 90th percentile."""
    return f"{np.median(values):.0f}, {np.quantile(values, 0.9):.0f}" if len(values) else "-"


def by_arm(rows: list[Row]) -> dict[str, list[Row]]:
    return {arm: [row for row in rows if row["arm"] == arm] for arm in ARMS}


def verdicts(rows: list[Row]) -> list[str]:
    """Return the table of what was said."""
    lines = ["| edit | n | regression | improvement | normal | inconclusive | failed | false claims | asked |"]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for arm, mine in by_arm(rows).items():
        said = collections.Counter(row["status"] for row in mine)
        shown = " | ".join(share(said[status], len(mine)) for status in SHOWN)
        failed = sum(count for status, count in said.items() if status not in SHOWN)
        wrong = share(sum(said[status] for status in WRONG[arm]), len(mine))
        lines.append(f"| {TITLES[arm]} | {len(mine)} of {ARMS[arm][0]} | {shown} | {failed} | {wrong} | {ASKED[arm]} |")
    return lines


def efforts(rows: list[Row]) -> list[str]:
    """Return the table of pairs and seconds, each as median and 90th percentile."""
    lines = [
        "| edit | right | pairs | seconds of pairs | seconds of the call | load average | interval holds the truth |"
    ]
    lines.append("|---|---|---|---|---|---|---|")
    calibration = read_calibration()
    for arm, mine in by_arm(rows).items():
        right = [row for row in mine if row["status"] == RIGHT[arm]]
        parts = [spread([row[key] for row in right if row.get(key) is not None]) for key in ("pairs", "seconds")]
        calls = spread([row["call_seconds"] for row in right])
        loads = spread([row["load_after"] for row in mine])
        judged = [row for row in mine if row.get("low") is not None and row.get("high") is not None]
        held = sum(row["low"] <= truth(row, calibration) <= row["high"] for row in judged)
        lines.append(f"| {TITLES[arm]} | {share(len(right), len(mine))} | {' | '.join(parts)} | {calls} | {loads} | "
                     f"{share(held, len(judged))} |")  # fmt: skip
    return lines


def truth(row: Row, calibration: dict[str, Any]) -> float:
    """Return the ratio that was planted, as it was measured on the processor of the row."""
    if row["arm"] == "same":
        return 1.0
    there = {one["processor"]: one["ratios"] for one in calibration["checks"]}
    if row["processor"] not in there:
        raise SystemExit(f"what is planted is not known on {row['processor']}: run verify_calibration.py --check there")
    return float(there[row["processor"]][f"{row['arm']}-{row['module']}"][0])


def counted(rows: list[Row]) -> list[str]:
    """Return the table of what instruction counts say."""
    lines = ["| edit | counted | right | false claims | ratio of counts, range |", "|---|---|---|---|---|"]
    for arm, mine in by_arm(rows).items():
        counts = [row["counts"] for row in mine if row.get("counts")]
        right = sum(found["status"] == RIGHT[arm] for found in counts)
        wrong = sum(found["status"] in WRONG[arm] for found in counts)
        ratios = [found["ratio"] for found in counts]
        span = f"{min(ratios):.4f} to {max(ratios):.4f}" if ratios else "-"
        lines.append(
            f"| {TITLES[arm]} | {len(counts)} | {share(right, len(counts))} | {share(wrong, len(counts))} | {span} |"
        )
    return lines


def moved(kind: str, *, far: bool) -> Callable[[Row], bool]:
    """Return the rule of a block comparison: p below 5 %, and perhaps medians apart by more than the margin."""
    return lambda row: row[kind]["p"] < ALPHA and (not far or abs(np.log(row[kind]["ratio"])) > np.log1p(MARGIN))


def welch(row: Row) -> bool:
    return float(ttest_ind(row["base"]["times"], row["head"]["times"], equal_var=False).pvalue) < ALPHA


def verified(row: Row) -> bool:
    return row["status"] in WRONG["same"]


RULES: tuple[tuple[str, str, Callable[[Row], bool]], ...] = (
    ("verify", "`--verify-change`, margin 5 %", verified),
    ("blocks", "20 then 20, CPU time, Mann-Whitney p < .05", moved("cpu", far=False)),
    ("blocks", "the same, and medians differ by > 5 %", moved("cpu", far=True)),
    ("blocks", "20 then 20, wall time, Mann-Whitney p < .05", moved("wall", far=False)),
    ("blocks", "the same, and medians differ by > 5 %", moved("wall", far=True)),
    ("hyperfine", "20 then 20 runs, mean ± deviation do not overlap", lambda row: bool(row["apart"])),
    ("hyperfine", "the same runs, Welch's t, p < .05", welch),
    ("hyperfine", "means differ by > 5 %", lambda row: abs(np.log(row["ratio"])) > np.log1p(MARGIN)),
)


def peers(rows: list[Row]) -> list[str]:
    """Return the table of false alarms."""
    lines = ["| judge | rule | edits | false alarms | seconds, median and 90 % |", "|---|---|---|---|---|"]
    for judge, rule, alarms in RULES:
        mine = [row for row in rows if row["judge"] == judge and row.get("status") != "FAILED"]
        took = spread([row["seconds_in_all"] for row in mine])
        lines.append(f"| {judge} | {rule} | {len(mine)} | {share(sum(map(alarms, mine)), len(mine))} | {took} |")
    said = collections.Counter(row["status"] for row in rows if row["judge"] == "verify")
    lines += [
        "",
        "What `--verify-change` said of them: " + (", ".join(f"{n} {s}" for s, n in said.most_common()) or "-") + ".",
    ]
    return lines


def calibrated() -> list[str]:
    """Return what is planted, as it was measured on each processor."""
    return [line for found in read_calibration()["checks"] for line in ("", *checked(found))][1:]


def checked(found: Row) -> list[str]:
    """Return the table of one processor."""
    low, high = (1e3 * found["base_cpu_seconds"][place] for place in (1, 2))
    middle = 1e3 * found["base_cpu_seconds"][0]
    said = (
        f"A process of the base takes {middle:.1f} ms of CPU time [{low:.1f}, {high:.1f}] (median of {found['blocks']} "
        f"blocks; first quartile {1e3 * found['base_quartile_seconds']:.1f} ms) on {found['processor']}, Python "
        f"{found['python']}, load {found['load_average']:.1f}. Ratios are medians over blocks, intervals exact (95 %)."
    )
    lines = [
        said,
        "",
        "| edit | loops | names (regular expression) | order (sorting) | rows (allocations) |",
        "|---|---|---|---|---|",
    ]
    for arm in ("slower", "faster", "slight"):
        cells = [found["ratios"][f"{arm}-{module}"] for module in ("loops", "names", "order", "rows")]
        lines.append(f"| {TITLES[arm]} | " + " | ".join(f"{r:.4f} [{a:.4f}, {b:.4f}]" for r, a, b in cells) + " |")
    return lines


def circumstances(rows: list[Row]) -> list[str]:
    """Say how busy the machine was, how the edits lay there, and which code judged them."""
    if not rows:
        return []
    loads = [row["load_after"] for row in rows]
    codes = collections.Counter(row["code"] for row in rows)
    busy = f"{min(loads):.1f} to {max(loads):.1f}, median {np.median(loads):.1f}"
    beside = "beside the competing job other work ran, partly a second slice of this script"
    lines = [f"Load average of the {os.cpu_count()} cores: {busy}; {beside}."]
    for dirty, title in ((False, "committed"), (True, "left in the working tree")):
        mine = [row for row in rows if row["dirty"] == dirty and row["arm"] != "slight"]
        right = sum(row["status"] == RIGHT[row["arm"]] for row in mine)
        lines.append(f"Edits at margin 5 % that were {title}: {right} of {len(mine)} right.")
    processors = collections.Counter(row["processor"] for row in rows)
    lines.append("Measured on " + ", ".join(f"{name} ({count})" for name, count in processors.most_common()) + ".")
    return [*lines, "Judged by " + ", ".join(f"`{code}` ({count})" for code, count in codes.most_common()) + "."]


def write_report() -> None:
    """Write results/verify_cases.md from the lines that are there."""
    rows, drifting = read_rows(CASES), read_rows(PEER_ROWS)
    text = [
        "# Edits of known effect, each verified by one call",
        "",
        "`benchmarks/verify_cases.py`. Every case: one `dart-regression-detector --verify-change --budget 120` in a",
        "repository of its own; two processes compute all the time beside it on two cores and one in bursts. Counts",
        "stand with Clopper-Pearson 95 % intervals of their shares.",
        "",
        *verdicts(rows),
        "",
        *circumstances(rows),
        "",
        "## Pairs and seconds to a right verdict: median, 90th percentile",
        "",
        *efforts(rows),
        "",
        "## Instruction counts, one process a side",
        "",
        *counted(rows),
        "",
        "## The A/A edits again, while the machine drifts",
        "",
        "Three competing processes copy memory and compute for a share of the time that rises and falls once in four",
        "minutes. Every judge sees the same edits; hyperfine times wall time.",
        "",
        *peers(drifting),
        "",
        "## What is planted",
        "",
        *calibrated(),
    ]
    REPORT.write_text("\n".join(text) + "\n")
