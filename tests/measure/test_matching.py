"""A pattern finds in a commit what it would find in the folder that the commit is checked out into."""

from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.measure.sources import find_files, matching

FILES = ("a.py", "b.txt", ".hidden", "bench/a.py", "bench/deep/er/a.py", "bench/deep/b.py", "src/bench/a.py",
         "[x]/a.py", "__pycache__/a.py", "bench/__pycache__/a.pyc")  # fmt: skip
PATTERNS = ("a.py", "*.py", "*", "**", "**/a.py", "bench/**", "bench/*", "bench/**/*.py", "**/deep/**", "bench/*/*",
            "**/bench/*.py", "[[]x]/*", "?.py", "./a.py", ".*", "bench/../a.py", "bench", "nothing")  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("files")
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    return root


@pytest.mark.parametrize("pattern", PATTERNS)
def test_in_a_commit_and_in_a_folder_a_pattern_finds_the_same(folder: Path, pattern: str) -> None:
    try:
        there = [path.relative_to(folder).as_posix() for path in find_files("work", [("files", pattern)], folder)]
        refused = ""
    except InvalidInput as error:
        there, refused = [], str(error)
    if "must be relative" in refused:
        with pytest.raises(InvalidInput, match="must be relative"):
            list(matching("work", "files", pattern, FILES))
    else:
        assert sorted(matching("work", "files", pattern, FILES)) == there
