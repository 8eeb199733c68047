# ruff: noqa: T201 -- what it prints is read by who started it
"""Kill concurrent writers and count what is lost: `python -m tests.faults.kills FOLDER --way store --rounds 50`.

A round starts two writers on one store and kills both with SIGKILL after a random number of acknowledged records and a
random time. What the writers said before is what they may not lose. `naive` and `rename` are the controls: one JSON
file that is written in place, and one that is replaced by a temporary file, both without a lock.
"""

import argparse
import json
import os
import random
import select
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from dart_perf.errors import PerfError
from dart_perf.store import open_store
from tests.store import writer

LONGEST_WAIT = 0.01
"""Seconds between the last record that is waited for and the kill: several writes of each way."""
PATIENCE = 1000
"""Reads after which the naive writer takes a file that is no JSON for damaged."""
FRESH = 25
"""Rounds after which a new store is begun, so that checking one stays short."""


@dataclass
class Count:
    """What became of the records."""

    way: str
    rounds: int = 0
    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    """Acknowledged records that a readable store does not have."""
    unreadable: int = 0
    """Rounds after which a file could not be read."""


def write_to_store(folder: Path, name: str) -> None:
    """Append runs and capture and promote baselines without end; print what was acknowledged."""
    sys.argv = ["writer.py", f"file:{folder}", name, "1000000"]
    writer.main()


def write_naively(folder: Path, name: str) -> None:
    """Do as many programs do: read the file, add a record, write the file again."""
    file = folder / "records.json"
    for number in range(1_000_000):
        records = sorted(_read_patiently(file))
        with file.open("w") as out:
            json.dump([*records, f"{name}.{number}"], out)
        print(f"{name}.{number}", flush=True)


def _read_patiently(file: Path) -> set[str]:
    """Return the records; somebody else may be writing them just now. Raises ValueError where nobody is."""
    for _ in range(PATIENCE):
        with suppress(ValueError):
            return known_to_file(file.parent)
    return known_to_file(file.parent)


def write_by_rename(folder: Path, name: str) -> None:
    """Never leave half a file, but let two writers overwrite each other."""
    file = folder / "records.json"
    for number in range(1_000_000):
        records = json.loads(file.read_text()) if file.exists() else []
        scratch = folder / f"{name}.tmp"
        scratch.write_text(json.dumps([*records, f"{name}.{number}"]))
        scratch.replace(file)
        print(f"{name}.{number}", flush=True)


def known_to_store(folder: Path) -> set[str]:
    """Return what a store has. Raises PerfError where something in it does not hold."""
    store = open_store(f"file:{folder}")
    validation = store.validate()
    if not validation.sound:
        raise PerfError(validation.summary)
    promoted = {e.baseline for e in store.events("robot", "linux-x86_64") if e.action == "promoted"}
    return {run.id for run in store.runs()} | {entry.id for entry in store.baselines()} & promoted


def known_to_file(folder: Path) -> set[str]:
    """Return what a file of records has. Raises ValueError where it cannot be read."""
    file = folder / "records.json"
    return set(json.loads(file.read_text())) if file.exists() else set()


WAYS: dict[str, tuple[Callable[[Path, str], None], Callable[[Path], set[str]]]] = {
    "store": (write_to_store, known_to_store),
    "naive": (write_naively, known_to_file),
    "rename": (write_by_rename, known_to_file),
}


def _write_and_exit(write: Callable[[], object], reading: int, saying: int) -> NoReturn:
    """Be a writer: whatever happens, a child never goes on with what its parent would."""
    status = 2
    try:
        os.close(reading)
        os.dup2(saying, 1)
        write()
        sys.stdout.flush()
        status = 0
    except ValueError:  # the controls do not get over what they left
        status = 1
    except BaseException as error:  # noqa: BLE001 -- said here, because the child ends here
        os.write(2, f"{error!r}\n".encode())
    finally:
        os._exit(status)


@contextmanager
def writing(write: Callable[[Path, str], None], folder: Path, name: str) -> Iterator[tuple[int, int]]:
    """Fork a writer; yield its process id and the descriptor on which it says what was acknowledged."""
    reading, saying = os.pipe()
    child = os.fork()
    if child == 0:
        _write_and_exit(lambda: write(folder, name), reading, saying)
    os.close(saying)
    try:
        yield child, reading
    finally:
        os.close(reading)


def kill_two(write: Callable[[Path, str], None], folder: Path, number: int, rng: random.Random) -> list[str]:
    """Return what two writers acknowledged before both were killed."""
    said = {}
    with writing(write, folder, f"a{number}") as first, writing(write, folder, f"b{number}") as second:
        writers = [first, second]
        for _, reading in writers:
            said[reading] = b""
        wanted, open_ = rng.randint(1, 40), set(said)
        while sum(text.count(b"\n") for text in said.values()) < wanted:
            ready, _, _ = select.select(list(open_), [], [], 60)
            for reading in ready:
                news = os.read(reading, 1 << 16)
                said[reading] += news
                if not news:
                    open_.discard(reading)  # it ended by itself: the file was not readable for it
            if not open_:
                break
        select.select([], [], [], rng.uniform(0, LONGEST_WAIT))
        for child, _ in rng.sample(writers, 2):
            os.kill(child, signal.SIGKILL)
        for child, reading in writers:
            os.waitpid(child, 0)
            while more := os.read(reading, 1 << 16):
                said[reading] += more
    return [line.decode() for text in said.values() for line in text.split(b"\n")[:-1]]


def run(way: str, folder: Path, rounds: int, rng: random.Random) -> Count:
    """Return what `rounds` rounds of one way lost."""
    write, known = WAYS[way]
    count, acknowledged = Count(way), set[str]()
    for number in range(rounds):
        if number % FRESH == 0:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            acknowledged = set()
        new = kill_two(write, folder, number, rng)
        acknowledged.update(new)
        count.rounds, count.kills = count.rounds + 1, count.kills + 2
        count.acknowledged += len(new)
        try:
            there = known(folder)
        except (PerfError, ValueError):
            count.unreadable += 1
            shutil.rmtree(folder)
            folder.mkdir()
            acknowledged = set()
        else:
            count.lost += len(acknowledged - there)
            acknowledged &= there  # each is counted once
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--way", choices=list(WAYS), default="store")
    parser.add_argument("--rounds", type=int, default=50, choices=range(1, 10_001), metavar="1..10000")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    count = run(arguments.way, arguments.folder, arguments.rounds, random.Random(arguments.seed))
    print(json.dumps(asdict(count)))


if __name__ == "__main__":
    main()
