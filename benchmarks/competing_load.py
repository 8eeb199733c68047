#!/usr/bin/env python3
"""Other work on every core while something is measured: steady, in bursts, or slowly coming and going.

    python benchmarks/competing_load.py --steady 2 --bursts 1 --most-seconds 600
    python benchmarks/competing_load.py --drift 3 --most-seconds 600

`steady` computes all the time. `bursts` computes for 0.02 to 2 s, then sleeps for 0.02 to 1 s. `drift` copies memory
and computes for a share of every 40 ms that goes up from none to all and down again within four minutes, by the wall
clock, so that all of them rise together. Nothing uses the network or writes a file. Every child ends by itself when its
time is over or its parent is gone; the parent ends the children it started, by their id.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PERIOD_SECONDS = 240.0
"""Time of one rise and fall of `drift`: several blocks of 20 processes of 0.1 s, few sessions of a whole verdict."""
SLICE_SECONDS = 0.04
"""Time over which `drift` keeps its share: some slices of the scheduler."""
COPIED_BYTES = 16 << 20
"""Memory that `drift` copies at a time: several times a core's second-level cache."""
KINDS = ("steady", "bursts", "drift")
END_SECONDS = 10.0
"""Time for a child to end after SIGTERM."""


def compute(until: float) -> None:
    """Keep one core busy until this time of the monotonic clock, seconds."""
    value = 1
    while time.monotonic() < until:
        for step in range(2000):
            value = (value * 31 + step) % 65_521


def copy(until: float, block: bytearray) -> None:
    """Move memory until this time of the monotonic clock, seconds."""
    while time.monotonic() < until:
        bytes(block)


def share_now() -> float:
    """Return how much of the time `drift` works now, 0 to 1: a triangle over the wall clock."""
    phase = time.time() % PERIOD_SECONDS / PERIOD_SECONDS
    return 1.0 - abs(2.0 * phase - 1.0)


def work(kind: str, most_seconds: float, parent: int) -> None:
    """Be a child: work as `kind` until the time is over or the parent is gone."""
    end = time.monotonic() + most_seconds
    rng, block = random.Random(os.getpid()), bytearray(COPIED_BYTES)
    while (now := time.monotonic()) < end and os.getppid() == parent:
        if kind == "steady":
            compute(now + 0.2)
        elif kind == "bursts":
            compute(now + 10 ** rng.uniform(-1.7, 0.3))
            time.sleep(10 ** rng.uniform(-1.7, 0.0))
        else:
            share = share_now()
            copy(now + share * SLICE_SECONDS / 2, block)
            compute(now + share * SLICE_SECONDS)
            time.sleep(max(0.0, now + SLICE_SECONDS - time.monotonic()))


@contextlib.contextmanager
def competing_load(most_seconds: float, *, steady: int = 0, bursts: int = 0, drift: int = 0) -> Iterator[list[int]]:
    """Let so many children of each kind work meanwhile, `most_seconds` at most; yield their process ids."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        for kind, count in zip(KINDS, (steady, bursts, drift), strict=True):
            argv = [sys.executable, "-S", str(Path(__file__).resolve()), "--child", kind, str(os.getpid())]
            argv += ["--most-seconds", f"{most_seconds:g}"]
            started += [subprocess.Popen(argv) for _ in range(count)]
        yield [process.pid for process in started]
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for kind in KINDS:
        parser.add_argument(f"--{kind}", type=int, default=0, choices=range(17), metavar="0..16")
    parser.add_argument("--most-seconds", type=float, default=600.0, help="after that every child ends by itself")
    parser.add_argument("--child", nargs=2, metavar=("KIND", "PARENT"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        with contextlib.suppress(KeyboardInterrupt):
            work(asked.child[0], asked.most_seconds, int(asked.child[1]))
        return
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    counts = {kind: getattr(asked, kind) for kind in KINDS}
    with competing_load(asked.most_seconds, **counts) as children, contextlib.suppress(KeyboardInterrupt):
        print("working:", *children, flush=True)
        time.sleep(asked.most_seconds)


if __name__ == "__main__":
    main()
