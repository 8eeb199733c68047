"""A receipt judged again, anywhere: nothing is measured, and nothing but the receipt is read."""

from pathlib import Path

from dart_perf.analysis.verification import judge
from dart_perf.analysis.verification_words import one
from dart_perf.errors import InvalidInput
from dart_perf.model.verification import METHOD, Receipt, Replay
from dart_perf.store.receipts import read
from dart_perf.workflows.project import Project


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
    same = again == receipt.verdict
    return Replay(
        status=again.status, summary=_say(receipt, one(again), same=same), same=same, verdict=again,
        warnings=() if same else ("the receipt holds another verdict than its evidence gives: do not rely on it",),
    )  # fmt: skip


def _say(receipt: Receipt, said: str, *, same: bool) -> str:
    question = receipt.evidence.question
    when = receipt.created.isoformat(timespec="seconds")
    measured = f"{question.head.label} against {question.base.label}, sealed {when} by {receipt.created_by}"
    result = "the same verdict" if same else f"NOT the verdict it holds, {receipt.verdict.status}"
    return f"{result} from the receipt alone: {question.scenario} {said} ({measured})"
