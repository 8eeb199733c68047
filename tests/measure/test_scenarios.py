"""The built-in programs: real DART where it is installed, guards that repeat, and a planted change of behaviour."""

import json
import subprocess
import sys
import venv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dart_perf.measure.catalogue import BUILT_IN, PACKAGE
from dart_perf.measure.process import environment_for, run
from dart_perf.measure.program import command, lay_out, resolve, still_runs

FOLDER = PACKAGE / "measure" / "scenarios"


@pytest.fixture(scope="module")
def dart() -> Any:
    return pytest.importorskip("dartpy", reason="dartpy is not installed: pip install 'dart-perf[dart]'")


def document(argv: tuple[str, ...]) -> dict[str, Any]:
    done = subprocess.run(argv, capture_output=True, check=True, timeout=120)
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def guards(said: dict[str, Any]) -> dict[str, Any]:
    return {guard["name"]: guard["value"] for guard in said["guards"]}


@pytest.mark.parametrize("name", [name for name, scenario in BUILT_IN.items() if not scenario.counts])
def test_guards_repeat_in_processes_that_run_beside_each_other(dart: Any, name: str) -> None:
    with ThreadPoolExecutor() as pool:
        said = list(pool.map(document, [(sys.executable, str(FOLDER), name)] * 3))
    assert guards(said[0])
    assert guards(said[0]) == guards(said[1]) == guards(said[2])
    assert {one["version"] for one in said} == {dart.__version__}
    assert all(min(m["samples"]) > 0 for one in said for m in one["measurements"] if m["metric"]["name"] == "wall_time")
    assert {m["benchmark"]["group"] for m in said[0]["measurements"]} == {BUILT_IN[name].group}


@pytest.mark.usefixtures("dart")
def test_the_robot_without_ground_is_told_by_its_guards() -> None:
    source = "from dart_perf.measure.scenarios.standard_robot import main; main({})"
    usual, changed = (
        guards(document((sys.executable, "-c", source.format(planted)))) for planted in ("", "'--floating'")
    )
    assert usual["contacts"] > 0
    assert changed["contacts"] == 0
    assert changed["state"] != usual["state"]
    assert changed["forward_dynamics"] == usual["forward_dynamics"]


@pytest.mark.usefixtures("dart")
def test_boxes_that_do_not_fall_asleep_are_told_by_the_guards() -> None:
    source = """
import dartpy
from dart_perf.collect.probe import Probe
from dart_perf.measure.scenarios.collision_boxes import resting_world, settle
with Probe("x") as probe:
    for asleep in ("default", "never"):
        world, boxes = resting_world(dartpy.collision.DARTCollisionDetector())
        if asleep == "never" and hasattr(world, "getDeactivationOptions"):
            options = world.getDeactivationOptions()
            options.mEnabled = False
            world.setDeactivationOptions(options)
        settle(probe, asleep, world, boxes)
    probe.guard("sleeps", hasattr(world, "getDeactivationOptions"))
"""
    said = guards(document((sys.executable, "-c", source)))
    difference = abs(said["rest_heights_default"] / said["rest_heights_never"] - 1)
    assert (difference > 1e-7) == said["sleeps"]


@pytest.mark.usefixtures("dart")
def test_a_built_in_scenario_is_kept_with_the_baseline_and_runs_from_the_copy(
    tmp_path: Path, clock: Callable[[], datetime]
) -> None:
    program, contents = resolve(BUILT_IN["chain_step"], tmp_path)
    folder = lay_out(program, contents.__getitem__, tmp_path / "copy")
    assert program.identity  # two builds of one dartpy version are told apart
    assert still_runs(program, folder) == (True, "")
    argv, cwd = command(program, folder)
    output = run(argv, cwd=cwd, env=environment_for(), timeout=120, clock=clock)
    assert json.loads(output.stdout)["version"] == program.version


def test_a_scenario_loads_the_dartpy_of_its_interpreter_not_that_beside_dart_perf(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False, symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    place = subprocess.run(
        [python, "-c", "import site; print(site.getsitepackages()[0])"], capture_output=True, check=True, text=True
    ).stdout.strip()
    Path(place, "dartpy.py").write_text("raise SystemExit('the dartpy of the other interpreter')", encoding="utf-8")
    done = subprocess.run([python, FOLDER, "chain_step"], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == "the dartpy of the other interpreter\n"


@pytest.mark.parametrize("arguments", [(), ("nothing",), ("chain_step", "more")])
def test_the_names_are_said_where_none_or_another_is_asked_for(arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, FOLDER, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode != 0
    assert "{standard_robot,collision_boxes,chain_step,io_parse,--version}" in done.stderr
