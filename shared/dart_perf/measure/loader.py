"""The report of glibc's dynamic loader (`LD_DEBUG=libs`, ld.so(8)), read.

A line is the number of the process, a colon, a tabulator and a text of elf/dl-load.c or elf/dl-init.c.
"""

import os
import re
from collections.abc import Iterator

_LINE = re.compile(rb"^ *\d+:\t *(calling init: |initialize program: |find library=|trying file=)?(.*)$")


def reported_libraries(report: bytes) -> Iterator[str]:
    """Yield the paths in the loader's report: executables, what was initialised, and the end of every search.

    A library without constructors is never initialised, but searched for: the last file that was tried is the one.
    """
    tried = b""
    for line in report.splitlines():
        found = _LINE.match(line)
        kind, rest = (found[1], found[2]) if found else (None, b"")
        if kind == b"trying file=":
            tried = rest
            continue
        if tried and (kind is not None or not rest):
            yield os.fsdecode(tried)
            tried = b""
        if kind is not None and kind != b"find library=":
            yield os.fsdecode(rest)
