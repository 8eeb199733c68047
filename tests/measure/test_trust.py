"""Nothing of a dart-perf.toml runs before it is trusted as it is."""

import json
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput, Untrusted
from dart_perf.measure.catalogue import BUILT_IN, FILE, load
from dart_perf.measure.trust import is_trusted, require, require_program, state_folder, trust, vouch
from dart_perf.model.scenario import Program

TEXT = "[scenario.a]\nargv = ['true']\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / FILE).write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_a_scenario_of_an_untrusted_file_is_refused_with_the_remedy(root: Path) -> None:
    assert not is_trusted(root)
    with pytest.raises(Untrusted, match=r"never trusted on this machine.*dart-perf-baseline --trust"):
        require(root, load(root)["a"])


def test_trusting_returns_what_may_run_from_now_on(root: Path) -> None:
    scenarios = trust(root)
    assert [scenario.argv for scenario in scenarios] == [("true",)]
    assert is_trusted(root)
    require(root, scenarios[0])


def test_any_change_of_the_file_revokes_the_trust(root: Path) -> None:
    (scenario,) = trust(root)
    (root / FILE).write_text(TEXT + "\n", encoding="utf-8")
    with pytest.raises(Untrusted, match="changed since it was trusted"):
        require(root, scenario)
    (root / FILE).write_text(TEXT, encoding="utf-8")
    require(root, scenario)


def test_a_scenario_that_the_trusted_file_does_not_say_is_refused(root: Path) -> None:
    (scenario,) = trust(root)
    with pytest.raises(Untrusted, match="Ask again"):
        require(root, scenario.model_copy(update={"argv": ("rm", "-r")}))


def test_built_in_scenarios_need_no_trust_but_are_not_believed_by_name(root: Path) -> None:
    for scenario in BUILT_IN.values():
        require(root, scenario)
    with pytest.raises(Untrusted):
        require(root, BUILT_IN["io_parse"].model_copy(update={"argv": ("rm",)}))


def test_trust_belongs_to_one_folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    trust(root)
    other = tmp_path_factory.mktemp("other")
    (other / FILE).write_text(TEXT, encoding="utf-8")
    assert not is_trusted(other)


def test_trust_is_found_through_a_link_to_the_folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    trust(root)
    link = tmp_path_factory.mktemp("links") / "link"
    link.symlink_to(root)
    assert is_trusted(link)


def test_a_project_cannot_bring_its_own_trust(root: Path) -> None:
    trust(root)
    assert not state_folder().is_relative_to(root)
    assert [path.name for path in root.iterdir()] == [FILE]


def test_a_damaged_record_trusts_nothing(root: Path) -> None:
    trust(root)
    (record,) = (state_folder() / "trust").iterdir()
    record.write_text(json.dumps({"root": str(root), "sha256": "0"}), encoding="utf-8")
    assert not is_trusted(root)
    record.write_bytes(b"\xff")
    assert not is_trusted(root)


def test_an_invalid_file_cannot_be_trusted(root: Path) -> None:
    (root / FILE).write_text("x = 1", encoding="utf-8")
    with pytest.raises(InvalidInput):
        trust(root)
    assert not is_trusted(root)


def test_without_a_file_there_is_nothing_to_trust(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="nothing to trust"):
        trust(tmp_path)


@pytest.mark.parametrize(
    ("own", "xdg", "expected"),
    [("/own", "/x", "/own"), ("", "/x", "/x/dart-perf"), ("", "relative", "~/.local/state/dart-perf"),
     ("", "", "~/.local/state/dart-perf")],
)  # fmt: skip
def test_the_state_folder_follows_the_desktop_specification(
    monkeypatch: pytest.MonkeyPatch, own: str, xdg: str, expected: str
) -> None:
    monkeypatch.setenv("DART_PERF_STATE", own)
    monkeypatch.setenv("XDG_STATE_HOME", xdg)
    assert state_folder() == Path(expected).expanduser()


PROGRAM = Program(argv=("python", "{root}/a.py"), files={"a.py": "0" * 64})


def test_a_baselines_program_runs_where_it_was_captured(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    changed = PROGRAM.model_copy(update={"files": {"a.py": "1" * 64}})
    with pytest.raises(Untrusted, match="not captured on this machine"):
        require_program(root, PROGRAM, changed)
    vouch(root, PROGRAM)
    require_program(root, PROGRAM, changed)
    with pytest.raises(Untrusted):
        require_program(tmp_path_factory.mktemp("other"), PROGRAM, changed)


def test_a_baselines_program_that_is_the_current_one_runs(root: Path) -> None:
    require_program(root, PROGRAM, PROGRAM.model_copy())
