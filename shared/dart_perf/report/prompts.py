"""The prompts of the servers: what to call in which order, and what each verdict means for the next step.

They are interface: every tool that they name exists, and every status is answered.
"""

import json

SEVERAL = "every series"


def investigate_regression(benchmark: str = "", results: str = "") -> str:
    """Return the steps from a suspicion to a range of commits, a cause and a proof; empty arguments mean all."""
    asked = _call("detect_regressions", results=results, benchmark=benchmark)
    since = _call("find_change_points", benchmark=benchmark)
    trends = _call("query_trends", benchmark=benchmark)
    return f"""\
Find out whether {_quoted(benchmark) if benchmark else SEVERAL} became slower, since when, and why. Take these steps in
order; say at each what is known and what is not.

1. Is it slower? Call `{asked}` and go by the status:
   - REGRESSION_DETECTED: proven to be beyond the margin. Go on.
   - NORMAL or IMPROVEMENT_DETECTED: it is not slower. Report the ratio with its interval, and stop; but where a
     warning says that series became worse before or among the newest points, go on: those were slowed down earlier.
   - INCONCLUSIVE: not known, so claim nothing. `plan_runs` says how many runs it takes: measure them, then ask again.
   - INSUFFICIENT_DATA or NO_BASELINE: there is too little to judge by. Read results with `import_results`, measure
     past commits with `dart-perf-baseline --backfill A..B --every N`, or capture one with `capture_baseline`; then
     ask again.
   - INCOMPARABLE: the sides are from different machines or tools. Measure both here with `compare_with_baseline`.
   - BEHAVIOUR_CHANGED: it computes something else, so nothing is said of speed. Report the guard that changed, and
     look for that change from step 3 on.
2. Since when? Call `{since}`. A change names a range of commits, after the first up to and with the last: never
   call one commit of it guilty unless the range is that commit. If the change is the machine's (all its benchmarks
   moved) or the environment changed there, say so: it is not this code. If there is no change, `{trends}` shows a
   drift, which has no commit.
3. Does it hold now? Times of different days differ by themselves. Where a scenario measures this benchmark
   (`list_scenarios`), call `compare_with_baseline` with a baseline from before the range: both programs run side by
   side, in random order.
4. Why? Read `git log --oneline --first-parent` of the range and the differences that touch what the benchmark runs.
   If the range is wide, `dart-perf-baseline --backfill A..B --every N` measures commits inside it, and step 2 then
   names a narrower one.
5. Does the remedy help? After an edit call `compare_with_baseline`: IMPROVEMENT_DETECTED against the slow program,
   or NORMAL against the one before it, is a proof. INCONCLUSIVE is none: give it more `processes`.
6. Is it accepted instead? Say why in the commit message, `Perf-Regression-Rationale: BENCHMARKS: REASON`, or in the
   policy file with a last day, and call `check_gate`: PASS names what was waived. Accept nothing on your own.

Report: the status; ratio and interval (above 1 is worse); the range of commits; the cause and how it was found; how
many series were judged and how many of them stayed undecided; the calls that repeat it."""


def check_my_change(scenario: str = "", base: str = "") -> str:
    """Return the steps from an edit to an accepted or rejected change; empty arguments mean the defaults."""
    named = f"scenarios=[{_quoted(scenario)}]" if scenario else ""
    asked = f"verify_change({', '.join(part for part in (named, f'base={_quoted(base)}' if base else '') if part)})"
    return f"""\
Find out whether the change in this working tree made anything slower. Take these steps in order.

1. Call `{asked}`. It measures the working tree against where it left the main branch, side by side in random order,
   and stops as soon as it knows; a long call returns a job id for `job`. Go by the status:
   - REGRESSION_DETECTED: it is slower by more than the margin. Read the changed lines that the scenario runs, find what
     costs the time, edit, and call it again. Do not argue with it, and do not call it again without an edit.
   - NORMAL: shown to be within the margin. Go on.
   - IMPROVEMENT_DETECTED: faster by more than the margin; from the second attempt on confirmed on fresh pairs. Keep it.
   - INCONCLUSIVE: not known, so claim nothing. The same call goes on where it stopped; the answer says how many pairs
     and minutes are still needed. Where that is too long, use a larger margin, or go by the instruction counts if they
     were taken, and say so.
   - INSUFFICIENT_DATA: too few pairs, or it could not be measured; the error says what to mend.
   - BEHAVIOUR_CHANGED: it computes something else, so nothing is said of speed. Settle first whether that is wanted.
   - NO_BASELINE and INCOMPARABLE do not occur here: both sides are measured now, on this machine.
2. Read what it stands on before you believe it: `could it have been seen` names the smallest change that these pairs
   would have found, what base differs by from itself, the load, and how many of the changed lines ran. If none ran,
   the scenario says nothing of this change: name another one (`list_scenarios`), or write one.
3. If time and instructions disagree, the warning says what that can mean. Look there before you edit.
4. If it should be faster: change one thing, call it again, and read `attempt`. Every further variant must show more,
   and the best of several is measured again on fresh pairs: do not pick the largest of several ratios yourself.
5. When it is done: report the status, ratio and interval (above 1 is slower), margin, pairs, attempts, the share of
   changed lines that ran, and the receipt, which `dart-regression-detector --replay` judges again anywhere."""


def write_benchmark(what: str = "") -> str:
    """Return the steps from something that should be fast to a scenario that can be judged."""
    return f"""\
Write a benchmark for {_quoted(what) if what else "what should be fast in this project"}, and declare it as a
scenario, so that it can be captured, compared and kept in the history.

1. Look at what exists: `list_scenarios`. In an empty project `dart-perf-baseline --init` declares the benchmarks
   that it finds, and `dart-perf-baseline --doctor` says how small a change this machine can show.
2. Write a small program that does one thing, on fixed input:
   - the same work every time: seed every random number, fix sizes and iterations, read no clock, network or cache
     of another run; leave PYTHONHASHSEED alone, it is varied on purpose;
   - prepare outside of what is timed; one batch of calls should last about 5 ms, a process about a second;
   - use what it computed: print it as a guard (a count, a checksum, a state hash), so that a change of behaviour
     (BEHAVIOUR_CHANGED) is never mistaken for speed. Round floats, or give the guard a tolerance;
   - one program prints one run. A Python program uses `dart_perf.collect.probe` (`Probe`, `Loop`); any other prints
     a known format (google-benchmark, pytest-benchmark, hyperfine ...), or nothing with `format = "none"`.
3. Declare it in `dart-perf.toml`; argv is a list, there is no shell:
   ```toml
   [scenario.solve]
   argv = ["{{python}}", "{{root}}/benchmarks/solve.py"]
   files = ["benchmarks/solve.py"]            # kept with a baseline, so that it can be measured again beside an edit
   benchmark_files = ["benchmarks/solve.py"]  # put into past commits by --backfill: one program measures them all
   # build = ["cmake", "--build", "{{root}}/build"]  # what --backfill runs first in each past commit
   group = "dynamics"
   repetitions = 10   # processes a side: the process is the unit, samples inside one are not independent
   margin = 0.05      # the largest change that does not matter
   ```
   A change of 1 % on a busy machine takes counts instead of times: `counts = [100, 300]` runs it under valgrind.
4. A person reads the file and runs `dart-perf-baseline --trust`: nothing of it runs before, and every change asks
   again.
5. Prove it. Call `capture_baseline`, then `compare_with_baseline` without an edit: NORMAL is what must come.
   - INCONCLUSIVE: too noisy. `plan_runs` says how many `repetitions` it takes; else longer work, or `counts`.
   - REGRESSION_DETECTED or IMPROVEMENT_DETECTED: it does not do the same work every time. Mend step 2.
   - BEHAVIOUR_CHANGED: a guard varies. Make it deterministic, or give it a tolerance.
   - INCOMPARABLE or a failure: the program is not the same from its kept `files`: name all it loads from the project.
   Then make it slower on purpose (twice the work): REGRESSION_DETECTED must come, else it measures something else.
6. Give it a history: `dart-perf-baseline --backfill A..B --every N`, then `query_trends`.

Report: the scenario, its guards, its spread and the smallest change that it can show, and both proofs of step 5."""


def _call(tool: str, **given: str) -> str:
    said = ", ".join(f"{name}={_quoted(value)}" for name, value in given.items() if value)
    return f"{tool}({said})"


def _quoted(text: str) -> str:
    """Return what a caller gave as one quoted word: it may hold quotes and lines of its own."""
    return json.dumps(text, ensure_ascii=False)
