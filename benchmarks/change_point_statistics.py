#!/usr/bin/env python3
"""Which statistic of a place tells a change of level from noise? Each alone, and as one more demand on the detector.

    pip install -e .[peers]
    python benchmarks/change_point_statistics.py --pairs asv_pairs.dev.jsonl --tcpd tcpd.dev.jsonl

Throughout without the detector's own demand over 30 points (`FAR`), one of those compared here. First its other rules
are loosened (`LOOSE`) and the places it then names are ranked by each statistic and by a logistic combination
(scikit-learn, ten folds of whole benchmarks): how many labelled changes stand before the ninth and the twelfth false
place? Then the statistic is one more demand on what the detector names: of all values the strictest that costs nothing
on the labelled series, which is the best that choosing it on them could give, and the strictest that costs .02 of F1.
What is right and false: see change_points.py. A place is judged once: one that would become right if its better
neighbour went counts as false.
"""

import argparse
import json
import pathlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.signal
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from change_points import MARGIN, Row, on_turing
from dart_perf.stats import step
from dart_perf.stats.changepoint import change_points
from dart_perf.stats.surroundings import NEAR
from place_statistics import STATISTICS, Floats, Places, describe

USUAL = {name: getattr(step, name) for name in ("FAR", "SHORTEST", "RANK", "SPREADS")}
BARE = USUAL | {"FAR": NEAR}
LOOSE = BARE | {"SHORTEST": 8, "RANK": 0.75, "SPREADS": 1.5}
FALSE_AT, FOLDS, LENGTH, BURN = (8, 11), 10, 400, 100
COSTS = (0.0, 0.02)
"""F1 on pairs that a demand may cost; where it may cost nothing, the Turing series may lose nothing either."""
RIGHT, NEITHER, FALSE = 1, 0, -1

COMBINED = {"logistic: spreads, sd, rank, size": (0, 1, 3, 4), "logistic: all of these": tuple(range(len(STATISTICS)))}
NAMES = (*STATISTICS, *COMBINED)


def judge(row: Row, places: Places, rises: Sequence[bool]) -> list[int]:
    """Return whether each place is right, false, or neither."""
    logs, fates = np.log(row["values"]), [FALSE] * places.size
    for label in row["labels"][0]:
        up = np.median(logs[label : label + 10]) > np.median(logs[max(0, label - 10) : label])
        near = [
            k for k, fate in enumerate(fates)
            if fate == FALSE and abs(places[k] - label) <= MARGIN and rises[k] == up
        ]  # fmt: skip
        if near:
            fates[min(near, key=lambda k: abs(places[k] - label))] = RIGHT
    unsure = row.get("unconfirmed", [])
    return [
        NEITHER if fate == FALSE and any(abs(place - k) <= MARGIN for k in unsure) else fate
        for fate, place in zip(fates, places, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Found:
    """Places in several series; the arrays have one entry, or row, a place."""

    series: Places
    places: Places
    fates: Places
    scores: Floats
    """Of every one of `NAMES`, the combinations last."""


def find(rows: Sequence[Row], rules: Mapping[str, float], *, signed: bool = False) -> Found:
    """Return what the detector names by these rules, with statistics; fates only where labels have signs."""
    for name, value in rules.items():
        setattr(step, name, value)
    series, places, fates, scores = [], [], [], [np.zeros((0, len(STATISTICS)))]
    for index, row in enumerate(rows):
        values = np.array(row["values"], dtype=np.float64)
        changes = change_points(values)
        named = np.array([change.index for change in changes], dtype=np.int64)
        series += [index] * named.size
        places += named.tolist()
        if signed:
            fates += judge(row, named, [change.after > change.before for change in changes])
        scores.append(describe(values, named))
    return Found(np.array(series, int), np.array(places, int), np.array(fates, int), np.concatenate(scores))


def learn(scores: Floats, fates: Places, columns: tuple[int, ...]) -> Callable[[Floats], Floats]:
    """Return a logistic model of right against false, which gives log odds of rows of statistics."""

    def prepared(rows: Floats) -> Floats:
        return np.asarray(np.log(np.maximum(rows[:, columns], 1e-3)))

    sure = fates != NEITHER
    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(prepared(scores[sure]), fates[sure] == RIGHT)
    return lambda rows: np.asarray(model.decision_function(prepared(rows))) if len(rows) else np.zeros(0)


def combine(loose: Found, groups: Sequence[str], everything: Sequence[Found]) -> list[Found]:
    """Return all with the combinations as further columns; each pair series by a model that did not see it."""
    folds = {group: k % FOLDS for k, group in enumerate(dict.fromkeys(groups))}
    fold = np.array([folds[group] for group in groups])
    kept = [*(fold[loose.series] != k for k in range(FOLDS)), np.ones(loose.series.size, dtype=np.bool_)]
    models = [[learn(loose.scores[rows], loose.fates[rows], columns) for rows in kept] for columns in COMBINED.values()]
    made = []
    for found in everything:
        which = fold[found.series] if found.fates.size else np.full(found.series.size, FOLDS)
        more = np.zeros((found.series.size, len(models)))
        for column, of_folds in enumerate(models):
            for k, model in enumerate(of_folds):
                more[which == k, column] = model(found.scores[which == k])
        made.append(replace(found, scores=np.hstack([found.scores, more])))
    return made


def f1(right: int, false: int, labels: int) -> float:
    return 2 * right / (right + false + labels)


def rank_all(loose: Found, labels: int) -> None:
    found, false = np.sum(loose.fates == RIGHT), np.sum(loose.fates == FALSE)
    print(f"Loosened ({', '.join(f'{k} {v:g}' for k, v in LOOSE.items())}): {found} labelled changes and {false} false")
    print("ones. Ranked by one statistic:\n")
    print("| statistic | found at 8 false | at 11 | best F1 |\n|---|---|---|---|")
    for column, name in enumerate(NAMES):
        fates = loose.fates[np.argsort(-loose.scores[:, column], kind="stable")]
        right, false = np.cumsum(fates == RIGHT), np.cumsum(fates == FALSE)
        at = [int(right[false <= most][-1]) for most in FALSE_AT]
        best = max(f1(r, f, labels) for r, f in zip(right.tolist(), false.tolist(), strict=True))
        print(f"| {name} | {at[0]} | {at[1]} | {best:.3f} |")


def noises(count: int) -> dict[str, list[Row]]:
    """Return `count` series of `LENGTH` points a kind of noise, spread 2 %."""
    rng = np.random.default_rng(1)
    made: dict[str, list[Row]] = {}
    for rho in (0.5, 0.8):
        white = rng.normal(0, np.sqrt(1 - rho**2), (count, BURN + LENGTH))
        made[f"AR(1) {rho:.1f}"] = [
            {"values": np.exp(0.02 * noise)} for noise in scipy.signal.lfilter([1], [1, -rho], white)[:, BURN:]
        ]
    two = 0.3 * rng.normal(0, 1, (count, LENGTH)) + 2.0 * (rng.random((count, LENGTH)) < 0.25)
    return made | {"two modes": [{"values": np.exp(0.02 * noise)} for noise in two]}


@dataclass(frozen=True, eq=False)
class Trial:
    """What the detector names, everywhere."""

    labels: int
    turing_rows: Sequence[Row]
    pairs: Found
    turing: Found
    noise: Sequence[Found]
    quiet: int
    """Points of a kind of noise."""

    def figures(self, column: int, least: float) -> list[float]:
        """Return F1, Turing F1, covering, found, false, and false per 1,000 in each noise, with a demand."""
        fates = self.pairs.fates[self.pairs.scores[:, column] >= least]
        right, false = int(np.sum(fates == RIGHT)), int(np.sum(fates == FALSE))
        kept = self.turing.scores[:, column] >= least
        people = [
            on_turing(row, [(int(k), True) for k in self.turing.places[kept & (self.turing.series == index)]])
            for index, row in enumerate(self.turing_rows)
        ]
        noise = [1000 * float(np.sum(found.scores[:, column] >= least)) / self.quiet for found in self.noise]
        return [f1(right, false, self.labels), *np.mean(people, axis=0).tolist(), right, false, *noise]


def demand(trial: Trial, as_it_is: Trial, kinds: Sequence[str]) -> None:
    """Print what each statistic costs and saves as one more demand; false ones in noise are per 1,000 points."""
    print(f"\n| demand | at least | F1 | Turing F1 | covering | found | false | {' | '.join(kinds)} |")
    print("|" + "---|" * (7 + len(kinds)))

    def line(name: str, least: str, figures: list[float]) -> None:
        forms = ["{:.3f}"] * 3 + ["{:g}"] * 2 + ["{:.2f}"] * len(kinds)
        print("|", " | ".join([name, least, *(form.format(x) for form, x in zip(forms, figures, strict=True))]), "|")

    usual = trial.figures(0, -np.inf)
    line("none", "", usual)
    line("**the detector as it is**", "", as_it_is.figures(0, -np.inf))
    for column, name in enumerate(NAMES):
        values = np.unique(np.concatenate([trial.pairs.scores[:, column], trial.turing.scores[:, column]]))
        tried = [(float(least), trial.figures(column, float(least))) for least in values]
        for cost in COSTS:
            bound = np.array(usual[:3]) - [cost, *(2 * [1.0 if cost else 0.0])] - 1e-9
            passing = [each for each in tried if np.all(np.array(each[1][:3]) >= bound)]
            least, figures = max(passing, default=(-np.inf, usual))
            line(name, f"{least:.3g}", figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=pathlib.Path, required=True)
    parser.add_argument("--tcpd", type=pathlib.Path, required=True)
    parser.add_argument("--simulated", type=int, default=1000, help=f"series of {LENGTH} points a kind of noise")
    args = parser.parse_args()
    pairs, turing = ([json.loads(line) for line in path.read_text().splitlines()] for path in (args.pairs, args.tcpd))
    labels, points = sum(len(row["labels"][0]) for row in pairs), sum(len(row["values"]) for row in pairs)
    print(f"{len(pairs)} pair series ({points:,} points, {labels} labels), {len(turing)} Turing series,")
    print(f"{args.simulated} series of {LENGTH} points with a spread of 2 % a kind of noise.\n")
    noise = noises(args.simulated)

    def trial(rules: Mapping[str, float]) -> Trial:
        named = [find(pairs, rules, signed=True), *(find(rows, rules) for rows in (turing, *noise.values()))]
        first, second, *others = combine(loose, [row["group"] for row in pairs], named)
        return Trial(labels, turing, first, second, others, args.simulated * LENGTH)

    loose = find(pairs, LOOSE, signed=True)
    rank_all(combine(loose, [row["group"] for row in pairs], [loose])[0], labels)
    demand(trial(BARE), trial(USUAL), list(noise))


if __name__ == "__main__":
    main()
