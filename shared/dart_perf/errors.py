"""What can go wrong, named after the fact.

Every message says what was wrong, what is allowed and what to do next; `exit_code` is what a command ends with.
"""


class PerfError(Exception):
    """The base of every anticipated failure; its text is meant for the person or agent who asked."""

    exit_code = 2


class InvalidInput(PerfError):  # noqa: N818 -- errors are named after the fact
    """A file, argument or setting does not say what it must."""


class UnsupportedSystem(PerfError):  # noqa: N818 -- errors are named after the fact
    """An operating system that lacks what dart-perf is made of."""


class NotInstalled(PerfError):  # noqa: N818 -- errors are named after the fact
    """An optional library that was not installed with dart-perf."""


class UnknownFormat(InvalidInput):
    """A text that no format claims; among many files it is one that holds no results."""


class UnknownUnit(InvalidInput):
    """A unit whose size or direction is not known; nothing is guessed."""


class NoBaseline(PerfError):  # noqa: N818 -- errors are named after the fact
    """Nothing is stored to compare with."""

    exit_code = 4


class MissingData(PerfError):  # noqa: N818 -- errors are named after the fact
    """What was asked for is not in the store."""

    exit_code = 4


class Untrusted(PerfError):  # noqa: N818 -- errors are named after the fact
    """A `dart-perf.toml` that nobody on this machine has trusted, or that changed since."""


class MeasurementFailed(PerfError):  # noqa: N818 -- errors are named after the fact
    """A benchmark program failed, timed out or said nothing that can be read."""

    exit_code = 4


class Corrupted(PerfError):  # noqa: N818 -- errors are named after the fact
    """A stored file does not hold what was written; the message names the file and the first bad byte."""


class NewerSchema(PerfError):  # noqa: N818 -- errors are named after the fact
    """The store was written by a newer version of dart-perf."""
