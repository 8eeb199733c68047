"""A receipt judged again, anywhere: nothing is measured, and nothing but the receipt is read."""

import math
from pathlib import Path
from typing import Any

from dart_perf.analysis.verification import judge
from dart_perf.analysis.verification_words import one
from dart_perf.errors import InvalidInput
from dart_perf.model.verification import METHOD, Receipt, Replay
from dart_perf.store.receipts import read
from dart_perf.workflows.project import Project

ROUNDING = 1e-9
"""Relative difference of figures that another processor, numpy or scipy may round otherwise; answers show 1e-3."""


def replay(project: Project, name: str) -> Replay:
    """Return the verdict that follows from the receipt `name`, an id in the store or the path of a file.

    Raises:
        MissingData: there is no such receipt. Corrupted: it is not as it was sealed.
        InvalidInput: its verdict follows by another method than this dart-perf's.
    """
    path = Path(name)
    receipt = read(path) if path.is_file() else project.store.receipt(name)
    if receipt.evidence.method != METHOD:
        raise InvalidInput(
            f"the receipt was judged by method {receipt.evidence.method}; this dart-perf judges by {METHOD}. Replay it "
            "with the dart-perf that wrote it."
        )
    again = judge(receipt.evidence)
    same = _same(again.model_dump(), receipt.verdict.model_dump())
    return Replay(
        status=again.status, summary=_say(receipt, one(again), same=same), same=same, verdict=again,
        warnings=() if same else ("the receipt holds another verdict than its evidence gives: do not rely on it",),
    )  # fmt: skip


def _same(one: Any, other: Any) -> bool:
    """Say whether two records in plain form are equal but for rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _say(receipt: Receipt, said: str, *, same: bool) -> str:
    question = receipt.evidence.question
    when = receipt.created.isoformat(timespec="seconds")
    measured = f"{question.head.label} against {question.base.label}, sealed {when} by {receipt.created_by}"
    result = "the same verdict" if same else f"NOT the verdict it holds, {receipt.verdict.status}"
    return f"{result} from the receipt alone: {question.scenario} {said} ({measured})"
