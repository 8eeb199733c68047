"""Quiet stretches of real histories, and series resampled from them: what the scripts about false alarms share."""

import itertools
import json
import math
import pathlib

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
AROUND, LARGEST, SMALLEST = 10, 4.0, 0.02
"""A shift: the medians of ten points either side differ by 2 % and four robust standard errors or more."""
NOISE = ((0.0, 0.01), (0.01, 0.03), (0.03, 0.1), (0.1, math.inf))
"""Levels of noise, robust sd of the logs."""


def load(paths: list[pathlib.Path]) -> list[dict[str, object]]:
    """Return the rows whose values are all above 0 and where lower is better; JSON Lines with `values`."""
    rows = [json.loads(line) for path in paths for line in path.read_text().splitlines()]
    return [row for row in rows if row.get("direction") != "higher_is_better" and min(row["values"]) > 0]


def quiet_windows(
    rows: list[dict[str, object]], rng: np.random.Generator, size: int, a_series: int = 4, tries: int = 20
) -> list[Floats]:
    """Return windows of `size` points without a labelled change or a visible shift, at most `a_series` of each row."""
    found: list[Floats] = []
    for row in rows:
        values = np.array(row["values"], dtype=np.float64)
        marks = labels(row)
        here = 0
        for start in rng.permutation(max(0, values.size - size + 1))[:tries].tolist():
            window = values[start : start + size]
            fine = np.unique(window).size >= size // 3 and not any(start <= mark < start + size for mark in marks)
            if fine and not shifts(np.log(window)):
                found.append(window)
                here += 1
            if here == a_series:
                break
    return found


def labels(row: dict[str, object]) -> list[int]:
    """Return every place at which somebody marked a change."""
    marked: list[list[int]] = row.get("labels") or []  # type: ignore[assignment]  # the row is JSON
    unsure: list[int] = row.get("unconfirmed") or []  # type: ignore[assignment]
    return [*itertools.chain.from_iterable(marked), *unsure]


def shifts(logs: Floats) -> bool:
    """Tell whether the level visibly shifts anywhere in a window."""
    steps = np.diff(logs)
    least = robust_sd(steps) / math.sqrt(2.0) + 1e-4
    for place in range(AROUND, logs.size - AROUND + 1):
        before, after = logs[place - AROUND : place], logs[place : place + AROUND]
        error = 1.2533 * max(least, robust_sd(before), robust_sd(after)) * math.sqrt(2.0 / AROUND)
        gap = abs(float(np.median(after) - np.median(before)))
        if gap >= SMALLEST and gap >= LARGEST * error:
            return True
    return False


def robust_sd(values: Floats) -> float:
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def noise_level(window: Floats) -> int:
    """Return the index of the window's level in `NOISE`."""
    noise = robust_sd(np.log(window))
    return next(index for index, (low, high) in enumerate(NOISE) if low <= noise < high)


def resample(window: Floats, count: int, rng: np.random.Generator, mean_block: float = 10.0) -> Floats:
    """Return `count` points of a stationary series with the noise of the window, shape (count,).

    Stationary bootstrap: blocks of geometric length from anywhere in the window, its ends joined (Politis and Romano,
    J. Am. Stat. Assoc. 89 (1994) 1303). Mean block 0: blocks of ten exactly, a moving-block bootstrap (Kuensch, Ann.
    Stat. 17 (1989) 1217) that begins anywhere in its first block.
    """
    if mean_block == 0:
        starts = rng.integers(0, window.size - AROUND + 1, size=count // AROUND + 2)
        places = (starts[:, np.newaxis] + np.arange(AROUND)).ravel()[rng.integers(AROUND) :]
        return np.asarray(window[places[:count]])
    fresh = rng.random(count) < 1.0 / mean_block
    fresh[0] = True
    begin = np.flatnonzero(fresh)
    since = np.arange(count) - begin[np.cumsum(fresh) - 1]
    starts = rng.integers(0, window.size, size=begin.size)[np.cumsum(fresh) - 1]
    return np.asarray(window[(starts + since) % window.size])
