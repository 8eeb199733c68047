#!/usr/bin/env python3
"""How often is the rule that judges pairs wrong, however often it looks, and what does it cost beside its peers?

    python benchmarks/verify_statistics.py --data dartpy_ab_raw.jsonl > benchmarks/results/verify_statistics.md

No program is measured: processes are drawn from recorded and made noise (see sequence_peers.py; a process of the made
noise varies by 5 %), in pairs of random order for the rules of pairs, in blocks, base then head, for the rank test.
`--only` runs some of the parts: alarms pairs coverage plan effect needed attempts shape.
"""

import argparse
import itertools
import math
import pathlib
import time
from collections.abc import Callable

import numpy as np
from scipy.stats import binomtest

from dart_perf.model.judgement import Status
from dart_perf.stats.betting import Counts, fewest_table, log_capital
from dart_perf.stats.levels import LEVEL, POWER
from dart_perf.stats.sequence import attempt_level, judge_pairs
from dart_perf.stats.sequence_plan import deciding_pairs, plan_pairs
from dart_perf.stats.sequence_power import detectable_ratio
from dartpy_ab import Floats
from sequence_peers import (
    Rule,
    Source,
    in_blocks,
    in_pairs,
    mean_rule,
    median_rule,
    normal,
    rank_rule,
    smooth_rule,
    sources,
    t_rule,
)

LOOKS = 300
BLOCK = 10
MARGIN = math.log1p(0.05)
RULES: dict[str, Rule] = {"median (used)": median_rule, "smooth score": smooth_rule, "mean": mean_rule}
ATTEMPTS, PAIRS_AN_ATTEMPT = 10, 200
CHUNK = 1000
"""Runs drawn at once."""


def share(found: int, runs: int) -> str:
    """Return a share with its exact 95 % interval (Clopper and Pearson, Biometrika 26 (1934) 404)."""
    interval = binomtest(found, runs).proportion_ci(method="exact")
    return f"{found / runs:.2%} ({interval.low:.2%} to {interval.high:.2%})"


def chunks(runs: int) -> list[int]:
    return [CHUNK] * (runs // CHUNK) + ([runs % CHUNK] if runs % CHUNK else [])


def alarms(found: dict[str, Source], rng: np.random.Generator, runs: int) -> None:
    print(f"\n## False alarms of looking after every pair, up to {LOOKS}; {runs:,} runs a cell\n")
    print(
        f"At ratio 1: any change claimed, either side. At 1.05: a change beyond 5 %. One-sided {LEVEL}, two-sided 5 %."
    )
    print(f"Mann-Whitney looks after every {BLOCK} a side.\n")
    print("| noise | truth | Mann-Whitney, blocks | paired t | this rule |\n|---|---|---|---|---|")
    for (name, source), truth in itertools.product(found.items(), (0.0, MARGIN)):
        wrong = np.zeros(3, dtype=np.int64)
        for size in chunks(runs):
            processes = source(size, 2 * LOOKS, rng)
            paired, (before, after) = in_pairs(processes, rng), in_blocks(processes, BLOCK)
            for at, called in enumerate(_called(paired, before, after, both=truth == 0.0)):
                wrong[at] += np.count_nonzero(called <= LOOKS)
        label = "1" if truth == 0.0 else "1.05"
        print(f"| {name} | {label} | {' | '.join(share(int(k), runs) for k in wrong)} |", flush=True)


def _called(paired: Floats, before: Floats, after: Floats, *, both: bool) -> list[Counts]:
    """Return when each rule refutes the truth; around it the noise is the same, so the truth is taken as 0."""
    found = [rank_rule(before, after, 0.0, LEVEL, BLOCK), *(rule(paired, 0.0, LEVEL) for rule in (t_rule, median_rule))]
    if not both:
        return found
    other = [
        rank_rule(after, before, 0.0, LEVEL, BLOCK),
        *(rule(-paired, 0.0, LEVEL) for rule in (t_rule, median_rule)),
    ]
    return [np.minimum(one, two) for one, two in zip(found, other, strict=True)]


def verdicts(rule: Rule, differences: Floats, bound: float, truth: float) -> tuple[Counts, int]:
    """Return at which pair each run decides, and how many decide wrongly."""
    worse, better = rule(differences, bound, LEVEL), rule(-differences, bound, LEVEL)
    normal_at = np.maximum(rule(differences, -bound, LEVEL), rule(-differences, -bound, LEVEL))
    right = worse if truth > bound else better if truth < -bound else normal_at
    when = np.minimum(np.minimum(worse, better), normal_at)
    return when, int(np.count_nonzero((when < right) & (when <= differences.shape[1])))


def pairs(found: dict[str, Source], rng: np.random.Generator, runs: int) -> None:
    print("\n## Pairs to a verdict: median and 90th percentile; the share still open; how many were wrong\n")
    for margin, most in ((0.05, 600), (0.01, 2000)):
        print(f"\nMargin {margin:.0%}, at most {most} pairs, {runs} runs a cell:\n")
        print("| noise | rule | +10 % | -10 % | 0 | +2 % |\n|---|---|---|---|---|---|")
        for name, source in found.items():
            noise = in_pairs(source(runs, 2 * most, rng), rng)
            for label, rule in RULES.items():
                cells = []
                for truth in (0.1, -0.1, 0.0, 0.02):
                    centre = math.log1p(truth)
                    when, wrong = verdicts(rule, noise + centre, math.log1p(margin), centre)
                    cells.append(_cell(when, most, wrong))
                print(f"| {name} | {label} | {' | '.join(cells)} |", flush=True)


def _cell(when: Counts, most: int, wrong: int) -> str:
    middle, late = (f"{int(v)}" if v <= most else f">{most}" for v in np.quantile(when, (0.5, 0.9), method="higher"))
    undecided = float(np.mean(when > most))
    return (
        f"{middle}, {late}" + (f"; open {undecided:.0%}" if undecided else "") + (f"; wrong {wrong}" if wrong else "")
    )


def coverage(found: dict[str, Source], rng: np.random.Generator, runs: int) -> None:
    most = 1000
    print(f"\n## Coverage: share of runs whose bounds ever exclude the true median, in {most} looks; {runs:,} runs\n")
    print(f"Allowed: {2 * LEVEL:.1%} for both sides together. In the last row only head is disturbed: 30 % of its")
    print("processes are slower by 20 %, so the differences are not symmetric around their median.\n")
    print(f"| noise | {' | '.join(RULES)} |\n|---|---|---|---|")
    for name, draw in {**{k: _paired(v) for k, v in found.items()}, "only head is disturbed": _lopsided}.items():
        wrong = dict.fromkeys(RULES, 0)
        for size in chunks(runs):
            noise = draw(size, most, rng)
            for label, rule in RULES.items():
                ever = np.minimum(rule(noise, 0.0, LEVEL), rule(-noise, 0.0, LEVEL))
                wrong[label] += int(np.count_nonzero(ever <= most))
        print(f"| {name} | {' | '.join(share(k, runs) for k in wrong.values())} |", flush=True)


def _paired(source: Source) -> Source:
    return lambda runs, count, rng: in_pairs(source(runs, 2 * count, rng), rng)


def _lopsided(runs: int, count: int, rng: np.random.Generator) -> Floats:
    """Draw differences of median 0 (the shift is that of 4 million of them) of which head's upper side is longer."""

    def drawn(shape: tuple[int, int], rng: np.random.Generator) -> Floats:
        return normal(*shape, rng) - normal(*shape, rng) + 0.2 * (rng.random(shape) < 0.3)

    middle = float(np.median(drawn((2000, 2000), np.random.default_rng(0))))
    return drawn((runs, count), rng) - middle


def plan(found: dict[str, Source], rng: np.random.Generator, plans: int) -> None:
    print(
        f"\n## Plans: power achieved by the planned pairs on fresh noise; {plans} plans a cell, 200 fresh runs each\n"
    )
    print("Mean power over plans, its 10th and 90th percentile over plans; the median of the planned pairs.\n")
    print("| noise | recorded pairs | effect, margin | asked | achieved | pairs |\n|---|---|---|---|---|---|")
    asked = ((1.1, 0.05, 0.8), (1.1, 0.05, 0.9), (1.0, 0.05, 0.8))
    chosen = {name: found[name] for name in ("normal", "t, 2 degrees", "one in ten slowed by 40 %")}
    for (name, source), size, (effect, margin, power) in itertools.product(chosen.items(), (10, 30, 100), asked):
        draw, planned, achieved = _paired(source), [], []
        for _ in range(plans):
            made = plan_pairs(draw(1, size, rng)[0], effect=effect, margin=margin, power=power, rng=rng)
            planned.append(made.pairs or math.inf)
            if made.pairs:
                fresh = draw(200, made.pairs, rng) + math.log(effect)
                table = fewest_table(made.pairs, LEVEL)
                decided = deciding_pairs(fresh, math.log(effect), math.log1p(margin), table)
                achieved.append(float(np.mean(decided <= made.pairs)))
        low, high = np.quantile(achieved, (0.1, 0.9))
        cells = f"{effect:g}, {margin:.0%} | {power:.0%} | {np.mean(achieved):.0%} ({low:.0%} to {high:.0%})"
        print(f"| {name} | {size} | {cells} | {np.median(planned):.0f} |", flush=True)


def effect(found: dict[str, Source], rng: np.random.Generator, tries: int) -> None:
    print(f"\n## Detectable effect: share called when the truth is what `n` pairs say they call with {POWER:.0%}\n")
    print(f"{tries} records a cell, 200 fresh runs each; mean share, 10th and 90th percentile over records.\n")
    print("| noise | pairs | median of the effects | called |\n|---|---|---|---|")
    chosen = {name: found[name] for name in ("normal", "t, 2 degrees", "one in ten slowed by 40 %")}
    for (name, source), count in itertools.product(chosen.items(), (15, 30, 100, 300)):
        draw, seen, called = _paired(source), [], []
        for _ in range(tries):
            smallest = detectable_ratio(draw(1, count, rng)[0], MARGIN, LEVEL)
            if smallest is not None:
                seen.append(math.exp(smallest))
                called.append(float(np.mean(median_rule(draw(200, count, rng) + smallest, MARGIN, LEVEL) <= count)))
        low, high = np.quantile(called, (0.1, 0.9))
        print(
            f"| {name} | {count} | {np.median(seen):.3f} | {np.mean(called):.0%} ({low:.0%} to {high:.0%}) |",
            flush=True,
        )


def needed(found: dict[str, Source], rng: np.random.Generator, tries: int) -> None:
    most = 2000
    print(f"\n## Pairs still needed: what an open record names, and how many it took; {tries} records a cell\n")
    print("Medians; the share of the open records that had decided by then, and of those that name no number.\n")
    print("| noise | effect, margin | pairs so far | open | named | it took | decided by then | no number |")
    print("|---|---|---|---|---|---|---|---|")
    asked = ((1.1, 0.05), (1.0, 0.05), (1.02, 0.01))
    names = ("normal", "t, 2 degrees", "one in ten slowed by 40 %")
    for name, (effect, margin), count in itertools.product(names, asked, (20, 60)):
        truth, bound = math.log(effect), math.log1p(margin)
        noise = _paired(found[name])(tries, most, rng) + truth
        took, _ = verdicts(median_rule, noise, bound, truth)
        named, later = [], []
        for record, end in zip(noise, took, strict=True):
            said = judge_pairs(record[:count], margin=margin)
            if said.status is Status.INCONCLUSIVE:
                named.append(said.runs_needed or math.inf)
                later.append(int(end))
        by_then = float(np.mean(np.array(later) <= np.array(named)))
        middle = f"{np.quantile(named, 0.5, method='lower'):.0f} | {np.median(later):.0f}"
        cells = f"{len(named)} | {middle} | {by_then:.0%} | {np.mean(np.isinf(named)):.0%}"
        print(f"| {name} | {effect:g}, {margin:.0%} | {count} | {cells} |", flush=True)


def attempts(found: dict[str, Source], rng: np.random.Generator, runs: int) -> None:
    print(f"\n## {ATTEMPTS} variants without an effect, the best kept: how often one is called an improvement\n")
    print(
        f"Up to {PAIRS_AN_ATTEMPT} pairs a variant, looked at after each; {runs:,} sessions. The truth lies exactly on"
    )
    print("what must be excluded, the worst case of a false claim.\n")
    print("| noise | paired t, each at 2.5 % | this rule, each at 2.5 % | with the ledger | and fresh pairs |")
    print("|---|---|---|---|---|")
    for name in ("dartpy A/A, CPU", "normal", "one in ten slowed by 40 %"):
        draw, best = _paired(found[name]), np.zeros(4, dtype=np.int64)
        for size in chunks(runs):
            ever = np.zeros((4, size), dtype=np.bool_)
            for attempt in range(1, ATTEMPTS + 1):
                noise, fresh = draw(size, PAIRS_AN_ATTEMPT, rng), draw(size, PAIRS_AN_ATTEMPT, rng)
                ledger = median_rule(noise, 0.0, attempt_level(attempt)) <= PAIRS_AN_ATTEMPT
                again = (median_rule(fresh, 0.0, LEVEL) <= PAIRS_AN_ATTEMPT) | (attempt == 1)
                plain = (rule(noise, 0.0, LEVEL) <= PAIRS_AN_ATTEMPT for rule in (t_rule, median_rule))
                ever |= np.stack([*plain, ledger, ledger & again])
            best += ever.sum(axis=1)
        print(f"| {name} | {' | '.join(share(int(k), runs) for k in best)} |", flush=True)


def shape(found: dict[str, Source], rng: np.random.Generator, most: int) -> None:
    """Walk through the distribution of the count above, pair by pair, with what has decided taken out."""
    del found, rng
    print(f"\n## The mixture: pairs that show a share p at {LEVEL}, median and 90th percentile, exact\n")
    shares = (0.97, 0.9, 0.75, 0.65, 0.6)
    print(f"| a | {' | '.join(f'p = {p:g}' for p in shares)} |\n|---|{'---|' * len(shares)}")
    for a in (1.0, 2.0, 3.0, 5.0, 8.0):
        open_ = np.ones((len(shares), most + 1))
        chances = np.zeros((len(shares), most + 1))
        chances[:, 0] = 1.0
        p = np.array(shares)[:, np.newaxis]
        for n in range(1, most + 1):
            chances[:, 1:] = chances[:, 1:] * (1.0 - p) + chances[:, :-1] * p
            chances[:, :1] *= 1.0 - p
            above = np.arange(n // 2, n + 1)
            chances[:, above[log_capital(np.full(above.size, n), above, a) >= -math.log(LEVEL)]] = 0.0
            open_[:, n] = chances.sum(axis=1)
        cells = (f"{np.argmax(row <= 0.5)}, {np.argmax(row <= 0.1)}" for row in open_)
        print(f"| {a:g} | {' | '.join(cells)} |", flush=True)


Part = Callable[[dict[str, Source], np.random.Generator, int], None]
PARTS: dict[str, tuple[Part, int]] = {
    "alarms": (alarms, 10_000), "pairs": (pairs, 300), "coverage": (coverage, 2000), "plan": (plan, 50),
    "effect": (effect, 100), "needed": (needed, 150), "attempts": (attempts, 10_000),
    "shape": (shape, 600),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="dartpy_ab_raw.jsonl")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the runs, for a quick look")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("# The rule that judges pairs, simulated")
    print(f"\nSeed {arguments.seed}; numpy {np.__version__}.")
    found = sources(arguments.data)
    for name in arguments.only:
        part, runs = PARTS[name]
        begun = time.monotonic()
        part(found, np.random.default_rng([arguments.seed, *name.encode()]), max(10, round(arguments.scale * runs)))
        print(f"\n{name}: {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
