"""Where the level of a series changed: all of it at once, or point by point with the same answer.

Everything that decides about a place lies within a fixed reach of it (`stats.step.REACH`), so a new point can only
change what is near the end, and old changes stay as they were.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dart_perf.errors import InvalidInput
from dart_perf.model.change import ChangePoint
from dart_perf.stats.samples import Floats, Values, read_samples
from dart_perf.stats.step import NO_STEPS, REACH, Steps, find_steps, join_steps

ROOM = 1024
"""Values for which a segmenter makes room at first; it doubles."""
_Row = tuple[int, int, int, float, float, float | None, float]
"""What the record of a change says, in the order of its fields."""


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
    steps = find_steps(_scale(series, frame), checked, logs=frame.logs)
    return tuple(map(_record, _rows(steps, frame, series.size)))


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
        self._steps = NO_STEPS
        self._records: dict[_Row, ChangePoint] = {}

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
        return self._named()

    def _named(self) -> tuple[ChangePoint, ...]:
        """Return the steps as records; those that did not change are not made again."""
        rows = _rows(self._steps, self._frame, self._n)
        self._records = {row: self._records.get(row) or _record(row) for row in rows}
        return tuple(self._records.values())

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


def _rows(steps: Steps, frame: _Frame, n: int) -> Iterator[_Row]:
    """Yield what the record of each step of a series of `n` values says, in the order of its fields.

    Of the places looked at, that many are counted as the next power of two, so that old changes stay as they were.
    """
    if not steps.places.size:
        return iter(())
    levels = (steps.before, steps.after)
    before, after = ((np.exp(x) if frame.logs else np.ldexp(x, frame.exponent)).tolist() for x in levels)
    ratios = [_ratio(*pair) for pair in zip(before, after, strict=True)]
    counted = 1 << (n - 1).bit_length()
    p_values = np.minimum(1.0, steps.p_values * counted).tolist()
    places = (part.tolist() for part in (steps.places, steps.first, steps.last))
    return zip(*places, before, after, ratios, p_values, strict=True)


def _ratio(before: float, after: float) -> float | None:
    """Return after / before; None where a level of 0 or less allows none, or no number is that large or small."""
    ratio = after / before if before > 0 and after > 0 else math.nan
    return ratio if 0 < ratio < math.inf else None


def _record(row: _Row) -> ChangePoint:
    return ChangePoint(**dict(zip(ChangePoint.model_fields, row, strict=True)))
