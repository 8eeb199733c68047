"""A small loop in pure Python, for measuring it against itself: what two identical programs differ by on a machine.

It allocates, hashes and calls, as ordinary programs do, so that memory layout and caches have their say.
"""

from dart_perf.collect.probe import Loop, Probe

NUMBERS = range(400)
INNER = 60
"""Calls a batch: 2 to 6 ms on machines of the years 2015 to 2025; a whole process takes about a third of a second."""


def work() -> int:
    """Fill a dictionary and add up what is in it."""
    found = {f"key {number}": number * number for number in NUMBERS}
    return sum(value for key, value in found.items() if key)


def main() -> None:
    """Measure and print."""
    with Probe("doctor") as probe:
        probe.run([Loop("plain_loop", work, INNER)])
        probe.guard("sum", work())


if __name__ == "__main__":
    main()
