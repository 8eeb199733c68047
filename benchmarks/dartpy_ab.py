#!/usr/bin/env python3
"""Judge four dartpy versions and an A/A arm, measured in 30 randomised blocks, and count what is said.

    python benchmarks/dartpy_ab.py --data dartpy_ab_raw.jsonl

One process is one value: the minimum of its batches, as the project takes it; the median of wall time stands beside.
The oracle of the last table knows the pairs' spread exactly, from all 30 blocks, and asks only whether ten blocks prove
the change at the same level: what it cannot decide, no judge can from a normal approximation. Each table counts over

- paired A/A: 10 of 30 blocks of two arms of one version, as measured, and with the two names swapped at random
  within each block (as measured, all subsets share one pair of arms and so one chance difference);
- paired versions: 10 of 30 blocks of two versions (all, and those where 30 blocks prove a change);
- earlier/later A/A: ten blocks of one arm against ten later ones, no pairs: a stored baseline against a new run.
"""

import argparse
import collections
import itertools
import json
import math
import pathlib
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv
from scipy.stats import mannwhitneyu

from dart_perf.model.judgement import Judgement, Status
from dart_perf.stats.compare import compare

Floats = npt.NDArray[np.float64]
Arms = dict[tuple[str, str], Floats]
Case = tuple[Floats, Floats]

MARGINS = (0.05, 0.10, 0.20)
VERSIONS = ("6.16.7", "6.18.0", "6.19.5", "6.20.0")
SAME = ("6.20.0", "6.20.0-AA")
BLOCKS, TAKEN = 30, 10
SPANS = (((0, 10), (10, 20)), ((10, 20), (20, 30)), ((0, 10), (20, 30)))
KINDS: dict[str, tuple[str, Callable[[Floats], np.float64]]] = {
    "cpu minimum": ("cpu_ns", np.min),
    "wall minimum": ("wall_ns", np.min),
    "wall median": ("wall_ns", np.median),
}
ORACLE = 1.96
"""Normal quantile of a two-sided 95 % interval whose standard deviation is known."""


def load(path: pathlib.Path, kind: str) -> Arms:
    """Return one value a block by arm and benchmark; benchmarks that an arm lacks are left out."""
    arms: Arms = collections.defaultdict(lambda: np.full(BLOCKS, np.nan))
    field, summary = KINDS[kind]
    for line in path.read_text().splitlines():
        row = json.loads(line)
        for name, result in row["results"].items():
            if result.get(field):
                arms[row["arm"], name][row["block"]] = summary(np.array(result[field])) * 1e-9
    return {key: values for key, values in arms.items() if np.isfinite(values).all()}


def names(arms: Arms, *wanted: str) -> list[str]:
    return sorted(set.intersection(*({name for arm, name in arms if arm == want} for want in wanted)))


def draw(rng: np.random.Generator, count: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the three disjoint thirds in order, then random sets of ten blocks."""
    yield from np.split(np.arange(BLOCKS), BLOCKS // TAKEN)
    yield from (rng.permutation(BLOCKS)[:TAKEN] for _ in range(count))


def same_pairs(arms: Arms, rng: np.random.Generator, count: int, *, swapped: bool = True) -> Iterator[Case]:
    for name in names(arms, *SAME):
        a, b = (arms[arm, name] for arm in SAME)
        for blocks in draw(rng, count):
            swap = rng.random(TAKEN) < 0.5 * swapped
            yield np.where(swap, b[blocks], a[blocks]), np.where(swap, a[blocks], b[blocks])


def version_pairs(arms: Arms, rng: np.random.Generator, count: int) -> Iterator[tuple[str, Case, Case]]:
    """Yield what is compared, ten blocks of two versions, and all thirty."""
    for old, new in itertools.combinations(VERSIONS, 2):
        for name in names(arms, old, new):
            a, b = arms[old, name], arms[new, name]
            for blocks in draw(rng, count):
                yield f"{name} {old} {new}", (a[blocks], b[blocks]), (a, b)


def spans(arms: Arms, factor: float = 1.0) -> Iterator[Case]:
    for values in arms.values():
        for (first, last), (start, stop) in SPANS:
            yield values[first:last], values[start:stop] * factor


def seed_rule(baseline: Floats, current: Floats) -> bool:
    """Ask the seed's question as it stands: one new point, z > 2 and ratio > 1.2 against the mean of the history."""
    spread = np.std([*baseline, current[-1]], ddof=1)
    mean = np.mean(baseline)
    return bool((current[-1] - mean) / spread > 2.0 and current[-1] > 1.2 * mean)


def ratio_rule(baseline: Floats, current: Floats) -> bool:
    return bool(np.median(current) > 1.2 * np.median(baseline))


def last_ratio_rule(baseline: Floats, current: Floats) -> bool:
    return bool(current[-1] > 1.2 * baseline[-1])


def rank_test(baseline: Floats, current: Floats) -> bool:
    return bool(mannwhitneyu(current, baseline, alternative="greater").pvalue < 0.025)


RULES = {
    "the seed's rule (last run)": seed_rule,
    "ratio of last runs > 1.2": last_ratio_rule,
    "ratio of medians > 1.2": ratio_rule,
    "Mann-Whitney, p < .025": rank_test,
}


def share(count: int, total: int) -> str:
    """Return a share with its Clopper-Pearson 95 % interval (as if the cases were independent: they are not quite)."""
    low = betaincinv(count, total - count + 1, 0.025) if count else 0.0
    high = betaincinv(count + 1, total - count, 0.975) if count < total else 1.0
    return f"{100 * count / max(1, total):5.1f} % [{100 * low:.1f}, {100 * high:.1f}] of {total}"


def count_statuses(said: list[Judgement]) -> str:
    counted = collections.Counter(judgement.status for judgement in said)
    shown = (Status.REGRESSION_DETECTED, Status.IMPROVEMENT_DETECTED, Status.NORMAL, Status.INCONCLUSIVE)
    return " | ".join(share(counted[status], len(said)) for status in shown)


def report(title: str, cases: list[Case], **design: bool) -> None:
    print(f"\n{title}\n\n| judge | regression | improvement | normal | inconclusive |\n|---|---|---|---|---|")
    for margin in MARGINS:
        said = [compare(a, b, margin=margin, **design) for a, b in cases]  # type: ignore[arg-type]  # only `paired`
        print(f"| compare, margin {margin:.0%} | {count_statuses(said)} |")
    for name, rule in RULES.items():
        print(f"| {name} | {share(sum(rule(a, b) for a, b in cases), len(cases))} | | | |")


def clears(judgement: Judgement, margin: float) -> int:
    """Say whether the interval proves worse (1), better (-1) or neither (0)."""
    if judgement.low is None or judgement.high is None:
        return 0
    return int(judgement.low > 1 + margin) - int(judgement.high < 1 / (1 + margin))


def proven(kind: str, pairs: list[tuple[str, Case, Case]]) -> None:
    print(f"\n{kind}: version pairs whose 30-block paired interval clears the margin, judged from 10 blocks\n")
    print("| margin | rightly decided | wrong sign or NORMAL | an oracle decides | pairs of versions x benchmarks |")
    print("|---|---|---|---|---|")
    right_side = {1: Status.REGRESSION_DETECTED, -1: Status.IMPROVEMENT_DETECTED}
    whole = {label: sides for label, _, sides in pairs}
    for margin in MARGINS:
        side = {key: clears(compare(a, b, margin=margin, paired=True), margin) for key, (a, b) in whole.items()}
        told = [
            (compare(a, b, margin=margin, paired=True).status, right_side[side[label]])
            for label, (a, b), _ in pairs
            if side[label]
        ]
        right = sum(status == truth for status, truth in told)
        wrong = sum(status not in {truth, Status.INCONCLUSIVE} for status, truth in told)
        known = sum(oracle(part, all30, margin) == side[label] for label, part, all30 in pairs if side[label])
        shares = " | ".join(share(number, len(told)) for number in (right, wrong, known))
        print(f"| {margin:.0%} | {shares} | {sum(map(abs, side.values()))} |")


def oracle(part: Case, whole: Case, margin: float) -> int:
    """Say what ten blocks prove to someone who knows the spread of pairs: worse (1), better (-1) or neither (0)."""
    differences = np.log(part[1]) - np.log(part[0])
    reach = ORACLE * float(np.std(np.log(whole[1]) - np.log(whole[0]), ddof=1)) / math.sqrt(differences.size)
    centre, bound = float(np.mean(differences)), math.log1p(margin)
    return int(centre - reach > bound) - int(centre + reach < -bound)


def reliability(kind: str, arms: Arms, rng: np.random.Generator, count: int) -> None:
    """Print how often `probability_worse` comes true, for planted ratios, and the interval's coverage."""
    forecast, truth, inside = [], [], []
    planted = (1.0, 1.0, 1.0, 1.03, 1.1, 1.2, 1.5, 1 / 1.1, 1 / 1.3)
    for a, b in same_pairs(arms, rng, count):
        ratio = float(rng.choice(planted))
        margin = float(rng.choice(MARGINS))
        judgement = compare(a, b * ratio, margin=margin, paired=True)
        forecast.append(judgement.probability_worse or 0.0)
        truth.append(ratio > 1 + margin)
        inside.append((judgement.low or 0) <= ratio <= (judgement.high or math.inf))
    guessed, happened = np.array(forecast), np.array(truth)
    print(f"\n{kind}: paired, 10 blocks, a ratio of {', '.join(f'{r:.3g}' for r in planted)} planted into A/A pairs; ")
    print(f"the 95 % interval holds it in {share(sum(inside), len(inside))}; ")
    print(f"Brier score {np.mean((guessed - happened) ** 2):.3f} (base rate alone {happened.var():.3f})\n")
    print("| probability_worse | mean said | came true |\n|---|---|---|")
    for low, high in itertools.pairwise((0.0, 0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98, 1.01)):
        here = (guessed >= low) & (guessed < high)
        if here.any():
            came = share(int(happened[here].sum()), int(here.sum()))
            print(f"| {low:.2f} to {min(high, 1):.2f} | {guessed[here].mean():.3f} | {came} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="dartpy_ab_raw.jsonl")
    parser.add_argument("--subsets", type=int, default=97, help="random 10-block subsets beside the three thirds")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    rng, count = np.random.default_rng(arguments.seed), arguments.subsets
    for kind in KINDS:
        arms = load(arguments.data, kind)
        pairs = list(version_pairs(arms, rng, count))
        print(f"\n## {kind}")
        report(f"{kind}: paired A/A, as measured", list(same_pairs(arms, rng, count, swapped=False)), paired=True)
        report(f"{kind}: paired A/A, names swapped at random", list(same_pairs(arms, rng, count)), paired=True)
        report(f"{kind}: earlier/later A/A", list(spans(arms)))
        report(f"{kind}: earlier/later, the later side doubled", list(spans(arms, 2.0)))
        report(f"{kind}: paired versions", [case for _, case, _ in pairs], paired=True)
        proven(kind, pairs)
        reliability(kind, arms, rng, 2 * count)


if __name__ == "__main__":
    main()
