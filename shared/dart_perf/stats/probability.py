"""The probability that a change is real and worse than the margin: a posterior, calibrated on planted changes.

`1 - p` is no probability of that: it leaves out how rare changes are. The prior is a mixture of two normal
distributions of the true log ratio: half of the comparisons change (almost) nothing, the others by amounts like those
that happen. See docs/methods.md for the reliability table.
"""

import math

from scipy.special import ndtr

STILL_SHARE = 0.5
"""Share of comparisons in which nothing changed; half: an agent asks because it changed something."""
STILL_SD = 0.005
"""What `nothing` is: builds of one source differ by about this much on the log scale."""
CHANGE_SD = 0.25
"""Size of the changes that happen; between the 30-block ratios of dartpy 6.16 to 6.20 and steps of 5 to 20 %."""


def probability_above(log_ratio: float, standard_error: float, degrees: float, bound: float) -> float:
    """Return P(true log ratio > bound), in [0, 1].

    The likelihood's t distribution is taken as the normal one of the same variance (degrees > 2).
    """
    if standard_error == 0.0:
        return 1.0 if log_ratio > bound else 0.0
    variance = standard_error**2 * (degrees / (degrees - 2.0) if degrees > 3.0 else 3.0)  # noqa: PLR2004 -- t(3)
    total = above = 0.0
    peak = max(_log_density(log_ratio, variance + sd * sd) for sd in (STILL_SD, CHANGE_SD))
    for share, sd in ((STILL_SHARE, STILL_SD), (1.0 - STILL_SHARE, CHANGE_SD)):
        weight = share * math.exp(_log_density(log_ratio, variance + sd * sd) - peak)
        shrink = sd * sd / (sd * sd + variance)
        posterior_sd = math.sqrt(shrink * variance)
        total += weight
        above += weight * float(ndtr((shrink * log_ratio - bound) / posterior_sd))
    return min(1.0, max(0.0, above / total))


def _log_density(x: float, variance: float) -> float:
    return -0.5 * (x * x / variance + math.log(variance))
