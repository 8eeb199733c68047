"""Samples as arrays: checked once, on the way in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from dart_perf.errors import InvalidInput
from dart_perf.units import Better

Floats = npt.NDArray[np.float64]
Values = Sequence[float] | npt.NDArray[Any]


def read_samples(values: Values, name: str) -> Floats:
    """Return `values` as a one-dimensional array of finite numbers, shape (n,), n >= 0.

    Raises:
        InvalidInput: a value is not a finite number, or the values are not a flat list.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{name} must be a flat list of numbers: {error}. Give one number a run.") from error
    if array.ndim != 1:
        raise InvalidInput(f"{name} must be a flat list of numbers, not of shape {array.shape}. Give one number a run.")
    wrong = np.flatnonzero(~np.isfinite(array))
    if wrong.size:
        at = int(wrong[0])
        raise InvalidInput(
            f"{name}[{at}] is {array[at]}: only finite numbers can be judged. Leave the failed run out, or repeat it."
        )
    return array


def check_margin(margin: float) -> float:
    """Return `margin`, the largest relative change that does not matter (0.05 is 5 %).

    Raises:
        InvalidInput: it is negative or not finite.
    """
    if not (np.isfinite(margin) and margin >= 0):
        raise InvalidInput(f"margin is {margin}: it must be a finite number of at least 0, e.g. 0.05 for 5 %.")
    return float(margin)


def sign_of_worse(better: Better) -> int:
    """Return 1 where a larger value is worse (`lower` is better) and -1 where it is better.

    Raises:
        InvalidInput: `better` is neither `lower` nor `higher`.
    """
    if better not in {"lower", "higher"}:
        raise InvalidInput(f"better is {better!r}: it must be 'lower' or 'higher'.")
    return 1 if better == "lower" else -1
