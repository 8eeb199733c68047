"""What is written for people and agents agrees with what is there."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client

import performance_monitor.server
import regression_detector.server
from dart_perf.ingest.table import FORMATS
from dart_perf.model.judgement import EXIT_CODES, Status
from tests.conftest import Toy

ROOT = Path(__file__).resolve().parent.parent
SKILL = (ROOT / "SKILL.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_the_skill_is_valid_wherever_the_clone_lies(commands: Path, tmp_path: Path) -> None:
    clone = tmp_path / "any name"
    (clone / "skills" / "performance-intelligence").mkdir(parents=True)
    shutil.copy(ROOT / "SKILL.md", clone)
    link = ROOT / "skills" / "performance-intelligence" / "SKILL.md"
    (clone / "skills" / "performance-intelligence" / "SKILL.md").symlink_to(link.readlink())
    argv = [str(commands / "agentskills"), "validate", "skills/performance-intelligence"]
    done = subprocess.run(argv, cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_skill_stays_short_and_names_every_verdict_and_exit_code() -> None:
    assert len(SKILL.splitlines()) < 200
    for status in Status:
        assert f"`{status}`" in SKILL
    for code in {*EXIT_CODES.values(), 2}:
        assert re.search(rf"^{code} |· {code} ", SKILL, flags=re.MULTILINE), code


@pytest.mark.anyio
async def test_the_skill_names_every_tool_and_no_other(toy: Toy) -> None:
    tools: set[str] = set()
    for server in (performance_monitor.server, regression_detector.server):
        async with Client(server.build_server(lambda: toy.project)) as client:
            tools |= {tool.name for tool in (await client.list_tools()).tools}
    row = re.compile(r"^\| [^|]+ \| ([^|]+) \| (?:performance-monitor|regression-detector|both) \|$", re.MULTILINE)
    named = {name for cell in row.findall(SKILL) for name in re.findall(r"`(\w+)`", cell)}
    assert named == tools


@pytest.mark.parametrize("text", [README, SKILL], ids=["README.md", "SKILL.md"])
def test_every_command_that_is_shown_takes_the_options_that_are_shown(text: str, commands: Path) -> None:
    shown = re.findall(r"(dart-[a-z-]+(?: --?[^`\n|]*)?)", text)
    lines = [line for line in shown if line.startswith(("dart-perf-", "dart-regression-")) and " --" in line]
    assert lines
    for line in lines:
        name, *words = shlex.split(line.split(" > ")[0].rstrip("."))
        helped = subprocess.run(
            [str(commands / name), "--help"], capture_output=True, text=True, check=True, env={"COLUMNS": "200"}
        ).stdout
        for word in words:
            assert not word.startswith("--") or word in helped, line


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_every_linked_file_exists(page: str) -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        assert ((ROOT / page).parent / target).exists(), target


def test_the_page_of_formats_has_a_row_for_each_and_no_other() -> None:
    page = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    named = [
        name
        for cell in re.findall(r"^\| (`[^|]+) \|", page, flags=re.MULTILINE)
        for name in re.findall(r"`(\S+)`", cell)
    ]
    assert sorted(named) == sorted(FORMATS)


def test_mcp_json_starts_both_servers_of_this_clone() -> None:
    entries = json.loads((ROOT / "mcp.json").read_text(encoding="utf-8"))["mcpServers"]
    assert list(entries) == ["performance-monitor", "regression-detector"]
    for name, entry in entries.items():
        assert entry["command"] == ".venv/bin/python"
        assert entry["args"] == ["-m", name.replace("-", "_")]
        done = subprocess.run([sys.executable, *entry["args"]], input="", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_benchmark_in_the_readme_prints_the_native_format(tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", README, flags=re.DOTALL)
    assert code is not None
    program = "SMALL = '<a/>'\nparse = list\n" + code.group(1)
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert {m["metric"]["name"] for m in said["measurements"]} == {"cpu_time", "wall_time"}
    assert said["guards"][0]["name"] == "elements"
