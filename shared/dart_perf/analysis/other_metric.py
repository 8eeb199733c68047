"""Two sides that do not measure the same; apart from what judges, because it is shown where nothing is judged."""

from dart_perf.model.judgement import Judgement

OTHER_METRIC = "mend the source of one"
"""How the refusal of two metrics ends."""


def is_other_metric(judgement: Judgement) -> bool:
    """Say whether the sides were refused because unit or direction differ, and not for the machine."""
    return any(warning.endswith(OTHER_METRIC) for warning in judgement.warnings)
