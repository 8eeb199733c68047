"""The file that a program writes its results to, where it prints something else: `{results}` in its argv.

pytest-benchmark, pyperf and hyperfine print a report for people and write their numbers into a file that is named on
the command line. That file is a new one for each process, in a folder of its own that is removed afterwards.
"""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dart_perf.measure.launch import LARGEST_OUTPUT

_RESULTS = re.compile(r"(?:^|(?<==))\{results\}$")
"""What stands for the file: a whole argument, or what follows its `=`. Elsewhere braces are the program's own."""


@contextmanager
def place_for_results(argv: Sequence[str]) -> Iterator[tuple[list[str], Path | None]]:
    """Yield argv with the file's path in it, and that path; argv as it is and None where it does not ask for one.

    The file does not exist when the program starts, because pyperf refuses to write into one that does.
    """
    if not any(_RESULTS.search(item) for item in argv):
        yield list(argv), None
        return
    with tempfile.TemporaryDirectory(prefix="dart-perf-") as folder:
        path = Path(folder) / "results.json"
        yield [_RESULTS.sub(str(path), item) for item in argv], path


def read_results(path: Path) -> bytes | str:
    """Return what a program that ended well wrote to `path`; as text, what is wrong with it."""
    if not path.is_file():
        return "ended well, but wrote no file to the path that {results} stands for"
    if path.stat().st_size > LARGEST_OUTPUT:
        return f"wrote more than {LARGEST_OUTPUT} bytes to the file that {{results}} stands for"
    return path.read_bytes()
