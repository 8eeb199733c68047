"""Results that a branch holds: read from git's objects, whatever stands in the work tree."""

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.result_files import Limits
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native, samples

Git = Callable[..., str]


@pytest.fixture
def repository(toy: Toy, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Git:
    """The toy project with a branch `gh-pages` of results; temporary files lie in a folder of their own."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("temporary")))

    def run(*arguments: str, given: str = "") -> str:
        argv = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root), *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True, input=given).stdout.strip()

    run("init", "-q", "-b", "main")
    run("add", "toy.py")
    run("commit", "-q", "-m", "code")
    run("checkout", "-q", "--orphan", "gh-pages")
    run("rm", "-q", "-r", "-f", "--cached", ".")
    names = {"dev/bench/run-10.json": 10.0, "dev/bench/run-9.json": 9.0, "dev/other.json": 7.0, ".nojekyll": 1.0}
    filled(toy.root, {name: native(value) for name, value in names.items()} | {"dev/bench/page.html": "<p>"})
    (toy.root / "dev" / "bench" / "link.json").symlink_to("/etc/passwd")
    run("add", "dev", ".nojekyll")
    run("commit", "-q", "-m", "results")
    run("checkout", "-q", "-f", "main")
    return run


def test_the_files_of_a_branch_are_read_without_a_checkout(toy: Toy, repository: Git) -> None:
    report = import_results(toy.project, "dev/bench", ref="gh-pages")
    assert (
        report.summary == "gh-pages:dev/bench: 2 new and 0 known runs, 2 measurements, 0 rows left out, 2 files skipped"
    )
    assert samples(toy.project) == [9, 10]
    assert set(report.skipped) == {
        "gh-pages:dev/bench/page.html: *.html is no ending of results; name it to read it",
        "gh-pages:dev/bench/link.json: a symbolic link, which is not followed: name what it leads to",
    }
    assert repository("status", "--porcelain", "--untracked-files=no") == ""
    assert not (toy.root / "dev").exists()


@pytest.mark.parametrize(("path", "found"), [(".", [7, 9, 10]), ("dev/", [7, 9, 10]), ("./dev//bench", [9, 10])])
def test_a_path_is_one_from_the_top_of_the_refs_files(toy: Toy, repository: Git, path: str, found: list[float]) -> None:
    import_results(toy.project, path, ref=repository("rev-parse", "gh-pages")[:8])
    assert sorted(samples(toy.project)) == found


def test_one_file_of_a_branch_is_read_and_what_is_wrong_with_it_is_the_callers(toy: Toy, repository: Git) -> None:
    assert import_results(toy.project, "dev/other.json", ref=repository("rev-parse", "gh-pages")).accepted == 1
    with pytest.raises(InvalidInput, match=r"^gh-pages:dev/bench/page.html: none of the known formats"):
        import_results(toy.project, "dev/bench/page.html", ref="gh-pages")


@pytest.mark.parametrize(
    ("path", "ref", "said"),
    [
        ("dev", "pages", r"ref 'pages' names no commit here. Refs are: gh-pages, main"),
        ("dev", "--output=x", "names no commit here"),
        ("dev", "gh-pages:dev", "names no commit here"),
        ("dev", "HEAD\n", "names no commit here"),
        ("devil", "gh-pages", "'devil' holds no file in gh-pages"),
        (":(glob)**", "gh-pages", "holds no file in gh-pages"),
        ("../dev", "gh-pages", "leads out of the ref"),
        ("/dev", "gh-pages", "leads out of the ref"),
        ("a\0b", "gh-pages", "leads out of the ref"),
        ("dev/bench/link.json", "gh-pages", "gh-pages:dev/bench/link.json is a link. Give the path of a file"),
    ],
)
def test_what_no_ref_holds_is_refused(toy: Toy, repository: Git, path: str, ref: str, said: str) -> None:
    assert repository("branch", "--list", "gh-pages")
    with pytest.raises(InvalidInput, match=said.replace("(", r"\(").replace("*", r"\*")):
        import_results(toy.project, path, ref=ref)
    assert toy.project.store.runs() == ()


def test_where_git_reads_no_repository_its_own_words_say_why(toy: Toy) -> None:
    with pytest.raises(InvalidInput, match=r"git reads no repository at .*, so there is no ref 'HEAD': .*not a git"):
        import_results(toy.project, ".", ref="HEAD")


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(entries=2), "more than 2 files"), (Limits(files=1), "2 files to read, allowed are 1")]
)
def test_too_many_files_are_refused_before_any_is_copied(toy: Toy, repository: Git, limits: Limits, said: str) -> None:
    assert repository("branch", "--list", "gh-pages")
    with pytest.raises(InvalidInput, match=said):
        import_results(toy.project, "dev/bench", ref="gh-pages", limits=limits)


def test_nothing_of_a_commit_is_left_in_the_temporary_folder(toy: Toy, repository: Git) -> None:
    assert repository("branch", "--list", "gh-pages")
    import_results(toy.project, ".", ref="gh-pages")
    assert not list(Path(tempfile.gettempdir()).iterdir())


def test_a_tree_that_no_git_would_make_leads_nowhere(toy: Toy, repository: Git) -> None:
    blob = bytes.fromhex(repository("hash-object", "-w", "--stdin", given=native(6)))
    inner = bytes.fromhex(_tree(toy.root, b"100644 out.json\0" + blob))
    above = b"40000 ..\0" + inner
    files = b"100644 fine.json\0" + blob + b"100644 " + b"x" * 300 + b".json\0" + blob + b"100644 fine.json\0" + blob
    commit = repository("commit-tree", "-m", "odd", _tree(toy.root, above + files))
    report = import_results(toy.project, ".", ref=commit)
    assert (report.accepted, samples(toy.project)) == (1, [6])
    assert all("its name cannot be a file's here" in line for line in report.refused)
    assert any(line.endswith("hidden; name it to read it") for line in report.skipped)
    assert not (toy.root.parent / "out.json").exists()


def _tree(root: Path, tree: bytes) -> str:
    argv = ["git", "-C", str(root), "hash-object", "-w", "--literally", "-t", "tree", "--stdin"]
    return subprocess.run(argv, input=tree, check=True, capture_output=True).stdout.decode().strip()


def test_a_missing_object_of_a_partial_clone_is_not_fetched_by_a_program_that_the_repository_names(
    toy: Toy, repository: Git
) -> None:
    trap = toy.root / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {toy.root}/ran\n")
    trap.chmod(0o755)
    blob = repository("rev-parse", "gh-pages:dev/other.json")
    (toy.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for name, value in {
        "extensions.partialClone": "origin", "core.repositoryFormatVersion": "1", "remote.origin.promisor": "true",
        "remote.origin.url": f"file://{toy.root}", "remote.origin.uploadpack": str(trap), "core.sshCommand": str(trap),
        "core.fsmonitor": str(trap), "protocol.ext.allow": "always",
    }.items():  # fmt: skip
        repository("config", name, value)
    with pytest.raises(InvalidInput, match="git"):
        import_results(toy.project, "dev/other.json", ref="gh-pages")
    assert not (toy.root / "ran").exists()
