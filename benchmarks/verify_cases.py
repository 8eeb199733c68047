#!/usr/bin/env python3
"""Verify 140 edits of known effect, each by one call, while a competing job loads both cores; report what was said.

    python benchmarks/verify_cases.py --most-seconds 1500                 # a slice; the next one goes on
    python benchmarks/verify_cases.py --arms same slower --cases 10
    python benchmarks/verify_cases.py --peers --most-seconds 1500         # the same A/A edits, also by others' rules
    python benchmarks/verify_cases.py --report

The edits lie in git repositories that the script makes (verify_repository.py): 40 comments, 40 of +10 %, 40 of -10 %
of measured process CPU time, judged at margin 5 %, and 20 of +2 %, judged at margin 1 %; half of each committed, half
left in the working tree. Sizes come from verify_calibration.py. Every case has a clone, a store and a budget of its
own. Lines go to results/verify_cases.jsonl and verify_peers.jsonl, the report to results/verify_cases.md.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from pathlib import Path

from competing_load import competing_load
from dart_perf.measure.machine import cpu_model
from verify_call import Workplace, append_row, read_rows, verify
from verify_peers import PEERS, measure_peers
from verify_report import CASES, REPORT, write_report
from verify_repository import ARMS, Case, cases

BUDGET_SECONDS = 120.0
MARGINS = {"same": 0.05, "slower": 0.05, "faster": 0.05, "slight": 0.01}
STEADY, BURSTS = 2, 1
"""Competing processes: one for each core all the time, and one in bursts."""
LONGEST_CASE_SECONDS = 420.0
"""A call's budget and grace, and the clone: how long the load outlives a slice at most."""


def judge_case(workplace: Workplace, case: Case) -> dict[str, object]:
    """Verify one case and return its line."""
    with workplace.sides(case) as (_, head):
        load = os.getloadavg()[0]
        said = verify(head, MARGINS[case.arm], BUDGET_SECONDS)
    facts = {"case": case.name, "arm": case.arm, "module": case.module, "dirty": case.dirty,
             "processor": cpu_model()}  # fmt: skip
    return facts | {"load_before": load, "load_after": os.getloadavg()[0]} | said


def measure(workplace: Workplace, wanted: list[Case], most_seconds: float) -> None:
    """Verify every case that has no line yet, as long as time is left."""
    end = time.monotonic() + most_seconds
    with competing_load(most_seconds + LONGEST_CASE_SECONDS, steady=STEADY, bursts=BURSTS):
        for case in wanted:
            if case.name in {row["case"] for row in read_rows(CASES)}:
                continue
            if time.monotonic() > end:
                print("time is over; call again to go on")
                return
            row = judge_case(workplace, case)
            append_row(CASES, row)
            print(
                *(row.get(key) for key in ("case", "status", "ratio", "low", "high", "pairs", "call_seconds")),
                flush=True,
            )
            if row["status"] == "FAILED":
                print(row["error"], flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arms", nargs="+", choices=sorted(ARMS), default=list(ARMS), help="all by default")
    parser.add_argument("--cases", type=int, default=40, help="cases of each arm at most")
    parser.add_argument("--most-seconds", type=float, default=1500.0, help="begin no case after that")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "dart-perf-verify-cases")
    parser.add_argument("--peers", action="store_true", help="judge the A/A edits by peers' rules too, in a slow drift")
    parser.add_argument("--judges", nargs="+", choices=PEERS, default=list(PEERS), help="judges of --peers")
    parser.add_argument("--report", action="store_true", help="write the report of what is there")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))  # so that the call and the load end too
    if asked.report:
        write_report()
        print(REPORT.read_text())
        return
    wanted = [case for case in cases(asked.arms) if case.number < asked.cases]
    workplace = Workplace(asked.folder)
    if asked.peers:
        measure_peers(workplace, [case for case in wanted if case.arm == "same"], asked.judges, asked.most_seconds)
    else:
        measure(workplace, wanted, asked.most_seconds)


if __name__ == "__main__":
    main()
