"""The files of programs that baselines were measured with, under their SHA-256."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from dart_perf.errors import InvalidInput, MissingData
from dart_perf.model.baseline import Baseline
from dart_perf.store import atomic
from dart_perf.store.fault import Damaged, read_bytes

SHA256 = re.compile(r"[0-9a-f]{64}")


class Programs:
    """Contents by digest; written once, never changed."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "programs"

    def content(self, sha256: str) -> bytes:
        """Return the content with this digest.

        Raises:
            InvalidInput: it is no SHA-256.
            MissingData: it was never kept.
            Corrupted: what lies there has another digest.
        """
        if not SHA256.fullmatch(sha256):
            raise InvalidInput(f"{sha256!r} is no SHA-256: give 64 hexadecimal digits in lower case.")
        path = self.folder / sha256
        try:
            data = read_bytes(path)
        except FileNotFoundError as error:
            raise MissingData(f"no program file {sha256} in {self.folder}. Capture the baseline again.") from error
        if hashlib.sha256(data).hexdigest() != sha256:
            problem = f"its content, bytes 0 to {len(data) - 1}, has not the SHA-256 of its name."
            raise Damaged(path, 0, f"{problem} Restore it from version control.")
        return data

    def check(self, baseline: Baseline, contents: dict[str, bytes]) -> None:
        """Refuse a baseline whose program could not be built again.

        Raises:
            InvalidInput: a content has another digest than its name, or a file of the program is nowhere.
        """
        for sha256, data in contents.items():
            if hashlib.sha256(data).hexdigest() != sha256:
                raise InvalidInput(f"the content given as {sha256} has another SHA-256. Give each under its own.")
        for name, sha256 in sorted((baseline.program.files if baseline.program else {}).items()):
            if sha256 not in contents and not (SHA256.fullmatch(sha256) and (self.folder / sha256).is_file()):
                raise InvalidInput(f"file {name!r} of the program ({sha256}) has no content. Give it in `contents`.")

    def keep(self, contents: Iterable[tuple[str, bytes]], scratch: Path) -> None:
        """Write what is not there yet (or is damaged); the caller holds the lock and has checked the digests."""
        for sha256, data in contents:
            path = self.folder / sha256
            if not path.is_file() or read_bytes(path) != data:
                atomic.write(self.root, path, data, scratch=scratch)
