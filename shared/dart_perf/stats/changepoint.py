"""Where the level of a series changed: all of it at once, or point by point with the same answer.

Everything that decides about a place lies within a fixed reach of it (`stats.step.REACH`), so a new point can only
change what is near the end, and old changes stay as they were.
"""

import math
from typing import NamedTuple

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.change import ChangePoint
from dart_perf.stats.samples import Floats, Values, read_samples
from dart_perf.stats.step import REACH, Steps, find_steps, join_steps

ROOM = 1024
"""Values for which a segmenter makes room at first; it doubles."""


def change_points(values: Values, *, min_effect: float = 0.03) -> tuple[ChangePoint, ...]:
    """Return the lasting changes of level of `values`, shape (n,), n >= 0, one a run, in order.

    `min_effect` is the smallest relative change of level that is named (0.03 is 3 %). Values of 0 or less allow no
    ratio: then the whole series is judged by differences, against the larger of the two levels.

    Raises:
        InvalidInput: a value is not a finite number, or `min_effect` is negative or not finite.
    """
    series = read_samples(values, "values")
    checked = check_effect(min_effect)
    frame = _frame(series)
    return _name(find_steps(_scale(series, frame), checked, logs=frame.logs), frame, series.size)


def check_effect(min_effect: float) -> float:
    """Return `min_effect`.

    Raises:
        InvalidInput: it is negative or not finite.
    """
    if not (math.isfinite(min_effect) and min_effect >= 0):
        raise InvalidInput(f"min_effect is {min_effect}: it must be a finite number of at least 0, e.g. 0.03 for 3 %.")
    return float(min_effect)


class _Frame(NamedTuple):
    """How a series is scaled before it is judged."""

    logs: bool
    exponent: int
    """Where there are no logs: the values are divided by this power of two, which loses no bit."""


class Segmenter:
    """The change points of a series that grows."""

    def __init__(self, *, min_effect: float = 0.03) -> None:
        """Begin with an empty series.

        Raises:
            InvalidInput: `min_effect` is negative or not finite.
        """
        self._effect = check_effect(min_effect)
        self._values = np.empty(ROOM)
        self._scaled = np.empty(ROOM)
        self._n = 0
        self._frame = _Frame(logs=True, exponent=0)
        self._steps = find_steps(np.empty(0), self._effect, logs=True)

    def append(self, value: float) -> tuple[ChangePoint, ...]:
        """Add the next value and return the change points of all so far, the same as `change_points` of them.

        The cost is that of the newest points, whatever the length.

        Raises:
            InvalidInput: `value` is not a finite number; nothing is added.
        """
        new = read_samples([value], "value")
        if self._n == self._values.size:
            self._values, self._scaled = (np.concatenate([a, np.empty(a.size)]) for a in (self._values, self._scaled))
        self._values[self._n] = new[0]
        self._n += 1
        frame = _widen(self._frame, float(new[0]), self._values[: self._n])
        if frame != self._frame:
            self._frame = frame
            self._scaled[: self._n] = _scale(self._values[: self._n], frame)
            self._steps = find_steps(self._scaled[: self._n], self._effect, logs=frame.logs)
        else:
            self._scaled[self._n - 1] = _scale(new, frame)[0]
            self._update()
        return _name(self._steps, self._frame, self._n)

    def _update(self) -> None:
        """Judge again what the newest value bears on."""
        settled = max(0, self._n - 1 - REACH)
        start = max(0, settled - REACH)
        recent = find_steps(self._scaled[start : self._n], self._effect, logs=self._frame.logs)
        self._steps = join_steps(self._steps, recent, start=start, settled=settled)


def _frame(series: Floats) -> _Frame:
    """Return how `series` is scaled: logs, or where values of 0 or less allow none a power of two."""
    if not series.size or series.min() > 0:
        return _Frame(logs=True, exponent=0)
    return _Frame(logs=False, exponent=math.frexp(float(np.abs(series).max()))[1])


def _widen(frame: _Frame, value: float, series: Floats) -> _Frame:
    """Return how `series` is scaled, which was scaled by `frame` before `value` came."""
    if frame.logs:
        return frame if value > 0 else _frame(series)
    return frame._replace(exponent=max(frame.exponent, math.frexp(value)[1]) if value else frame.exponent)


def _scale(series: Floats, frame: _Frame) -> Floats:
    return np.log(series) if frame.logs else np.ldexp(series, -frame.exponent)


def _name(steps: Steps, frame: _Frame, n: int) -> tuple[ChangePoint, ...]:
    """Return the steps of a series of `n` values as records."""
    if frame.logs:
        before, after = np.exp(steps.before), np.exp(steps.after)
        ratios = np.exp(steps.after - steps.before).tolist()
    else:
        before, after = np.ldexp(steps.before, frame.exponent), np.ldexp(steps.after, frame.exponent)
        ratios = [b / a if a > 0 and b > 0 else None for a, b in zip(before.tolist(), after.tolist(), strict=True)]
    rows = zip(
        steps.places.tolist(),
        steps.first.tolist(),
        steps.last.tolist(),
        before.tolist(),
        after.tolist(),
        ratios,
        np.minimum(1.0, steps.p_values * n).tolist(),
        strict=True,
    )
    return tuple(
        ChangePoint(index=index, first=first, last=last, before=low, after=high, ratio=ratio, p_value=p_value)
        for index, first, last, low, high, ratio, p_value in rows
    )
