"""import_results as an agent calls it: at once for a small file, by a job with progress for a folder."""

import subprocess
from typing import Any

import pytest
from mcp import Client

import performance_monitor.server
from dart_perf.model.job import ENDED
from dart_perf.workflows import jobs
from tests.conftest import Toy
from tests.workflows.test_imports import filled, native

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def ask(
    toy: Toy, seen: list[tuple[float, float | None]] | None = None, **arguments: Any
) -> tuple[str, Any, bool]:
    async def show(progress: float, total: float | None, message: str | None) -> None:
        assert message
        if seen is not None:
            seen.append((progress, total))

    async with Client(performance_monitor.server.build_server(lambda: toy.project)) as client:
        answer = await client.call_tool("import_results", arguments, progress_callback=show)
        text = "\n".join(block.text for block in answer.content if block.type == "text")
        return text, answer.structured_content, bool(answer.is_error)


async def test_a_small_file_is_read_within_the_call(toy: Toy) -> None:
    filled(toy.root, {"a.json": native()})
    text, said, failed = await ask(toy, path="a.json")
    assert (text, failed) == ("a.json: 1 new and 0 known runs, 1 measurement, 0 rows left out", False)
    assert (said["job"], said["report"]["accepted"]) == (None, 1)
    assert toy.project.store.jobs() == ()


async def test_a_folder_is_read_by_a_job_that_reports_its_progress(toy: Toy) -> None:
    filled(toy.root / "out", {f"{i}.json": native(i + 1) for i in range(20)} | {"bad.json": "{"})
    seen: list[tuple[float, float | None]] = []
    text, said, failed = await ask(toy, seen, path="out", wait_seconds=120)
    assert not failed
    assert text.startswith(
        "out: 20 new and 0 known runs, 20 measurements, 0 rows left out, 1 REFUSED\nrefused: out/bad.json: "
    )
    assert (said["job"]["state"], said["report"]["files"]) == ("done", 20)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (21, 21)


async def test_a_call_that_does_not_wait_gets_a_handle_and_the_report_later(toy: Toy) -> None:
    filled(toy.root / "out", {"a.json": native(), "b.txt": "x"})
    text, said, _ = await ask(toy, path="out", wait_seconds=0)
    assert said["report"] is None
    identity = said["job"]["id"]
    assert f"next: call job(id='{identity}') to poll it" in text
    while jobs.refresh(toy.project, identity).state not in ENDED:
        pass
    async with Client(performance_monitor.server.build_server(lambda: toy.project)) as client:
        answer = await client.call_tool("job", {"id": identity})
    assert answer.content[0].type == "text"
    assert answer.content[0].text.startswith(
        "out: 1 new and 0 known runs, 1 measurement, 0 rows left out, 1 file skipped"
    )


@pytest.fixture
def committed(toy: Toy) -> Toy:
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org", "-C", str(toy.root)]
    filled(toy.root, {"bench/a.json": native()})
    for arguments in (["init", "-q"], ["add", "bench"], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    return toy


async def test_the_files_of_a_ref_are_read_by_a_job(committed: Toy) -> None:
    text, _, _ = await ask(committed, path="bench", ref="HEAD", wait_seconds=120)
    assert text == "HEAD:bench: 1 new and 0 known runs, 1 measurement, 0 rows left out"
    text, _, failed = await ask(committed, path="bench", ref="gone", wait_seconds=120)
    assert failed
    assert "ref 'gone' names no commit here" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"path": "../x.json"}, "leads out of the project"),
        ({"path": "bad.json"}, "bad.json: line 1, column 2: not JSON"),
        ({"path": "bad.json", "format": "nonsense"}, "format 'nonsense' is not known. Known are: auto, "),
    ],
)
async def test_a_refusal_stands_in_the_answer_at_once(toy: Toy, arguments: dict[str, Any], said: str) -> None:
    filled(toy.root, {"bad.json": "{"})
    text, _, failed = await ask(toy, **arguments)
    assert failed
    assert said in text
    assert toy.project.store.jobs() == ()
