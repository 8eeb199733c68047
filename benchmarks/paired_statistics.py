#!/usr/bin/env python3
"""Would another statistic decide more from ten pairs? Exact sign-flip tests of several, at one level, on one recording.

    python benchmarks/paired_statistics.py --data dartpy_ab_raw.jsonl

Order within a block is random, so exchanging the two sides of a pair is an exact test for any statistic: all 1,024
exchanges of ten pairs are looked at (Fisher; Pitman, J. R. Stat. Soc. Suppl. 4 (1937) 119). A change is proven where
the t interval of all 30 pairs clears the margin; the level is one-sided 2.5 %.
The oracle of a statistic knows its standard error (from 300 draws of ten of
the 30 pairs, corrected for drawing a third of them) and uses the normal quantile.
"""

import argparse
import itertools
import math
import pathlib
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from dartpy_ab import KINDS, ORACLE, TAKEN, Case, Floats, load, same_pairs, version_pairs

FLIPS = np.array(list(itertools.product((False, True), repeat=TAKEN)))
LEVEL = 0.025
T29 = 2.045
"""Student quantile of a two-sided 95 % interval of 30 pairs."""
DRAWS = 300
MARGINS = (0.05, 0.20)
Statistic = Callable[[Floats, Floats], Floats]


def fastest(count: int) -> Statistic:
    """Compare the means of the `count` fastest of each side."""

    def difference(before: Floats, after: Floats) -> Floats:
        low = (np.partition(side, count - 1, axis=-1)[..., :count].mean(axis=-1) for side in (after, before))
        gap: Floats = np.subtract(*low)
        return gap

    return difference


def trimmed(before: Floats, after: Floats) -> Floats:
    middle: Floats = np.sort(after - before, axis=-1)[..., 2:-2].mean(axis=-1)
    return middle


def ranked(score: Callable[[Floats], Floats]) -> Statistic:
    """Compare scores of the joint ranks, u = (rank - 1/2) / 2n."""

    def difference(before: Floats, after: Floats) -> Floats:
        ranks = rankdata(np.concatenate(np.broadcast_arrays(before, after), axis=-1), axis=-1)
        scores = score((ranks - 0.5) / ranks.shape[-1])
        half = ranks.shape[-1] // 2
        gap: Floats = scores[..., half:].mean(axis=-1) - scores[..., :half].mean(axis=-1)
        return gap

    return difference


STATISTICS: dict[str, Statistic] = {
    "mean": lambda before, after: (after - before).mean(axis=-1),
    "median": lambda before, after: np.median(after - before, axis=-1),
    "trimmed mean": trimmed,
    **{f"{count} fastest": fastest(count) for count in (2, 3, 5, 7)},
    "normal scores": ranked(ndtri),
    "log ranks": ranked(np.log),
}


def p_value(before: Floats, after: Floats, bound: float, statistic: Statistic) -> float:
    """Return the exact p of `log ratio <= bound`, from the logs of ten pairs."""
    shifted = after - bound
    found = statistic(before, shifted)
    flipped = statistic(np.where(FLIPS, shifted, before), np.where(FLIPS, before, shifted))
    return float(np.mean(flipped >= found - 1e-12))


def proven(whole: Case, bound: float) -> int:
    """Say what all 30 pairs prove: worse (1), better (-1) or neither (0)."""
    differences = np.log(whole[1]) - np.log(whole[0])
    reach = T29 * float(np.std(differences, ddof=1)) / math.sqrt(differences.size)
    centre = float(np.mean(differences))
    return int(centre - reach > bound) - int(centre + reach < -bound)


def said(part: Case, bound: float, statistic: Statistic) -> int:
    before, after = (np.log(side) for side in part)
    worse = p_value(before, after, bound, statistic) <= LEVEL
    return int(worse) - int(p_value(after, before, bound, statistic) <= LEVEL)


def known_error(whole: Case, bound: float, statistic: Statistic, rng: np.random.Generator) -> float:
    """Return the standard error of the statistic from ten pairs, one side moved by `bound`."""
    before, after = np.log(whole[0]), np.log(whole[1]) - bound
    drawn = np.array([rng.permutation(before.size)[:TAKEN] for _ in range(DRAWS)])
    spread = float(np.std(statistic(before[drawn], after[drawn])))
    return spread * math.sqrt(before.size / (before.size - TAKEN))


def oracle(part: Case, error: float, bound: float, statistic: Statistic) -> int:
    """Say what ten pairs prove to someone who knows the standard error at the bound."""
    before, after = (np.log(side) for side in part)
    worse = float(statistic(before, after - bound)) > ORACLE * error
    return int(worse) - int(float(statistic(before, after + bound)) < -ORACLE * error)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="dartpy_ab_raw.jsonl")
    parser.add_argument("--subsets", type=int, default=7, help="random 10-block subsets beside the three thirds")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("| values | statistic | margin | rightly decided | A/A called worse | an oracle decides |")
    print("|---|---|---|---|---|---|")
    for kind, margin in itertools.product(KINDS, MARGINS):
        arms, bound = load(arguments.data, kind), math.log1p(margin)
        rng = np.random.default_rng(arguments.seed)
        pairs = list(version_pairs(arms, rng, arguments.subsets))
        wholes = {label: whole for label, _, whole in pairs}
        truths = {label: proven(whole, bound) for label, whole in wholes.items()}
        changed = [(part, truths[label]) for label, part, _ in pairs if truths[label]]
        same = list(same_pairs(arms, rng, 5 * arguments.subsets))
        for name, statistic in STATISTICS.items():
            right = sum(said(part, bound, statistic) == truth for part, truth in changed)
            alarms = sum(said(part, bound, statistic) > 0 for part in same)
            errors = {
                label: known_error(wholes[label], truth * bound, statistic, rng)
                for label, truth in truths.items()
                if truth
            }
            told = [oracle(p, errors[t], bound, statistic) == truths[t] for t, p, _ in pairs if truths[t]]
            shares = f"{right / len(changed):.1%} of {len(changed)} | {alarms / len(same):.1%} of {len(same)}"
            print(f"| {kind} | {name} | {margin:.0%} | {shares} | {np.mean(told):.1%} |", flush=True)


if __name__ == "__main__":
    main()
