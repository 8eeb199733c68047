"""The end of the process, known to calls that wait: what runs elsewhere is answered with its handle at once."""

from dataclasses import dataclass


@dataclass(slots=True)
class Closing:
    """Whether the process was asked to end."""

    begun: bool = False


PROCESS = Closing()
"""The one of this process, as a signal is the process's and not a server's."""
