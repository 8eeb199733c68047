"""Receipts: sealed verdicts, one file each, named after what they hold."""

import re
from pathlib import Path

from pydantic import ValidationError

from dart_perf.errors import MissingData
from dart_perf.model.record import digest
from dart_perf.model.verification import Receipt
from dart_perf.store import atomic, seal
from dart_perf.store.fault import Damaged, read_bytes
from dart_perf.store.layout import folders
from dart_perf.store.lock import Lock

FOLDER = "receipts"
RECEIPT_FORMAT = "dart-perf-receipt"
_ID = re.compile(r"receipt-[0-9a-f]{16}")
_SHOWN = 5


class Receipts:
    """All receipts below a store's root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / FOLDER

    def add(self, receipt: Receipt) -> str:
        """Seal `receipt` durably and return its id. Raises Unwritable."""
        name = f"receipt-{digest(receipt)[:16]}"
        data = seal.seal(RECEIPT_FORMAT, receipt.model_dump(mode="json", exclude_defaults=True))
        with Lock(self.root, FOLDER).held():
            atomic.write(self.root, self.file(name), data, scratch=self.root / "tmp" / FOLDER)
        return name

    def file(self, name: str) -> Path:
        """Return where the receipt of that id lies, or would."""
        return self.folder / f"{name}.json"

    def load(self, name: str) -> Receipt:
        """Return a receipt. Raises MissingData, Corrupted, NewerSchema."""
        path = self.file(name)
        if _ID.fullmatch(name) and path.is_file():
            return read(path)
        known = [found.removesuffix(".json") for found in folders(self.folder)][:_SHOWN]
        there = f"There are: {', '.join(known)}" if known else "There is none here"
        raise MissingData(f"no receipt {name!r}. {there}. Verify a change, or give the path of a file.")


def read(path: Path) -> Receipt:
    """Return what a file holds, proven by its digest.

    Raises:
        Corrupted: it is no receipt, or not as it was sealed. NewerSchema: a newer dart-perf sealed it.
        FileNotFoundError.
    """
    content = seal.unseal(RECEIPT_FORMAT, read_bytes(path), path)
    try:
        return Receipt.model_validate(content)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        what = f"no receipt of this version, {where}: {error.errors()[0]['msg']}."
        raise Damaged(path, None, f"{what} Replay it with the dart-perf that wrote it.") from error
