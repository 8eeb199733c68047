"""A folder is brought back to what it was, or it is said that it cannot be."""

from pathlib import Path

import pytest

from dart_perf.measure.inventory import inventory, restore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "empty").mkdir(parents=True)
    (tmp_path / "deep" / "file").write_text("one")
    (tmp_path / "link").symlink_to("deep")
    return tmp_path


def test_what_came_goes_and_what_was_there_stays(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    before = inventory(folder)
    outside = tmp_path_factory.mktemp("outside")
    (outside / "kept").write_text("x")
    (folder / "deep" / "new" / "er").mkdir(parents=True)
    (folder / "deep" / "new" / "er" / "file").write_text("x")
    (folder / "deep" / "new").chmod(0o500)
    (folder / "out").symlink_to(outside)
    (folder / "a\nü").write_text("x")
    assert restore(folder, before)
    assert inventory(folder) == before
    assert (outside / "kept").exists()


@pytest.mark.parametrize("change", ["gone", "longer", "executable", "another link", "a folder now", "no folder"])
def test_what_is_changed_or_gone_is_told(folder: Path, change: str) -> None:
    before = inventory(folder)
    file, link = folder / "deep" / "file", folder / "link"
    if change == "gone":
        file.unlink()
    elif change == "longer":
        file.write_text("longer")
    elif change == "executable":
        file.chmod(0o755)
    elif change == "another link":
        link.unlink()
        link.symlink_to("elsewhere")
    elif change == "a folder now":
        file.unlink()
        file.mkdir()
    else:
        (folder / "deep" / "empty").rmdir()
    assert not restore(folder, before)
