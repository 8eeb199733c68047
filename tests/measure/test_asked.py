"""A scenario that counts is doubted while nothing shows who says how often the work is done."""

from pathlib import Path

import pytest

from dart_perf.measure import catalogue
from dart_perf.measure.asked import unasked

PROBE = "from dart_perf.collect.probe import Probe\n"
COUNTS = "counts = [100, 200]\n"


def doubted(root: Path, table: str) -> list[str]:
    (root / "dart-perf.toml").write_text(f"[scenario.a]\n{table}")
    return unasked(catalogue.load(root), root)


@pytest.mark.parametrize(
    ("table", "doubt"),
    [
        ("argv = ['{python}', '{root}/plain.py']\n" + COUNTS, True),
        ("argv = ['{python}', 'plain.py']\nfiles = ['plain.py']\n" + COUNTS, True),
        ("argv = ['{python}', '-m', 'plain']\n" + COUNTS, True),
        ("argv = ['{python}', '-m', 'plain']\nfiles = ['nothing*']\n" + COUNTS, True),
        ("argv = ['{python}', '{root}/plain.py']\n", False),
        ("argv = ['{python}', '{root}/plain.py', '{iterations}']\n" + COUNTS, False),
        ("argv = ['{python}', '{root}/plain.py', '--n={iterations}']\n" + COUNTS, False),
        ("argv = ['{python}', '{root}/probed.py']\n" + COUNTS, False),
        ("argv = ['{python}', 'probed.py']\n" + COUNTS, False),
        ("argv = ['{python}', 'probed.py']\ncwd = 'deep'\n" + COUNTS, True),
        ("argv = ['x', '--script={root}/probed.py']\n" + COUNTS, False),
        ("argv = ['{python}', '{root}/plain.py']\nfiles = ['*.py']\n" + COUNTS, False),
        ("argv = ['native']\n" + COUNTS, False),
    ],
)
def test_it_is_doubted_where_no_file_that_it_names_asks(tmp_path: Path, table: str, doubt: bool) -> None:
    (tmp_path / "plain.py").write_text("print(1)\n")
    (tmp_path / "probed.py").write_text(PROBE)
    (tmp_path / "native").write_bytes(b"\x7fELF\0DART_PERF_COUNTS\0")
    (tmp_path / "deep").mkdir()
    assert doubted(tmp_path, table) == ["a"] * doubt


def test_what_lies_outside_the_project_is_not_read(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "probed.py").write_text(PROBE)
    (root / "link.py").symlink_to("../probed.py")
    for item in (str(tmp_path / "probed.py"), "link.py", "../probed.py"):
        assert doubted(root, f"argv = ['{{python}}', '{item}']\n{COUNTS}") == ["a"]


@pytest.mark.parametrize("item", ["x" * 300, "a/" * 3000, "circle/a", "a\\u0000b"])
def test_what_is_no_path_names_no_file(tmp_path: Path, item: str) -> None:
    (tmp_path / "circle").symlink_to("circle")
    assert doubted(tmp_path, f'argv = ["{{python}}", "-c", "{item}"]\n{COUNTS}') == ["a"]


def test_a_built_in_scenario_is_not_doubted(tmp_path: Path) -> None:
    assert unasked(catalogue.load(tmp_path), tmp_path) == []
