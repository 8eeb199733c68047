"""Times of test cases in JUnit XML, as pytest, Maven, Gradle, CTest, GoogleTest and Catch2 write it.

A test case is one wall time in seconds, set-up included. Where a case failed or was skipped its time means nothing.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from dart_perf.ingest import field, markup
from dart_perf.ingest.document import show
from dart_perf.ingest.draft import Draft
from dart_perf.ingest.source import Source
from dart_perf.model.measurement import Run

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TIME = re.compile(r"(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?")
"""Seconds; Maven writes 1,234.5 (`NumberFormat` of the English locale)."""
_PROBLEMS = {
    "failure": "it failed", "error": "it failed", "skipped": "it was skipped",
    "rerunFailure": "it failed at first", "rerunError": "it failed at first",
    "flakyFailure": "it failed at first", "flakyError": "it failed at first",
}  # fmt: skip
"""Elements of a test case whose time means nothing (Maven's reruns among them)."""
_NOT_RUN = {"notrun", "disabled", "skipped", "suppressed", "fail", "failed"}
"""What CTest and GoogleTest write into the attributes `status` and `result` of such a case."""


def recognises(source: Source) -> bool:
    """Say whether the text is XML whose first tag is JUnit's."""
    return markup.root(source) in {"testsuites", "testsuite"}


def read(source: Source) -> tuple[Run, ...]:
    """Return the run of a JUnit file.

    Raises:
        InvalidInput: it is none, declares entities, or no test case passed.
    """
    root = markup.parse(source)
    if root.tag not in {"testsuites", "testsuite"}:
        raise source.error("", f"the first tag is {show(root.tag)}, allowed are 'testsuites' and 'testsuite'.")
    draft = Draft(source)
    for number, (suite, case) in enumerate(_cases(root, "")):
        _add(draft, suite, case, f"testcase {number + 1}")
    draft.warn("JUnit times include set-up and tear-down, and are one value a test")
    return (draft.run("junit", hint="Look whether every test failed.", when=_earliest(draft, root)),)


def _cases(element: "Element", suite: str) -> Iterator[tuple[str, "Element"]]:
    """Yield every test case, in the order of the file, with the name of the suite that holds it."""
    waiting = [(suite, element)]
    while waiting:
        suite, found = waiting.pop()
        if found.tag == "testcase":
            yield suite, found
        else:
            inner = found.get("name", "") if found.tag == "testsuite" else suite
            waiting.extend((inner, child) for child in reversed(found))


def _add(draft: Draft, suite: str, case: "Element", place: str) -> None:
    benchmark = draft.benchmark(case.get("name"), place=f"{place}.name", suite=case.get("classname") or suite)
    if benchmark is None:
        return
    what, time = f"{place} {benchmark.label}", (case.get("time") or "").strip()
    problem = next((_PROBLEMS[child.tag] for child in case if child.tag in _PROBLEMS), None)
    said = next((text for text in (case.get("status"), case.get("result")) if (text or "").lower() in _NOT_RUN), None)
    if problem:
        draft.leave_out(what, "failure", f"{problem}; its time means nothing")
    elif said:
        draft.leave_out(what, "failure", f"it is marked {said!r}; its time means nothing")
    elif not time:
        draft.leave_out(what, "value", "it has no time")
    elif not _TIME.fullmatch(time):
        draft.leave_out(what, "value", f"its time {show(time)} is no number of seconds")
    else:
        draft.add(benchmark, "wall_time", "s", [float(time.replace(",", ""))], place=f"{place}.time")


def _earliest(draft: Draft, root: "Element") -> datetime | None:
    """Return when the first suite started; None where one does not say it, because that may be the first."""
    found = []
    for stamp in dict.fromkeys(suite.get("timestamp") for suite in root.iter("testsuite")):
        moment = field.moment(draft, stamp, "timestamp")
        if moment is None:
            return None
        found.append(moment)
    return min(found, default=None)
