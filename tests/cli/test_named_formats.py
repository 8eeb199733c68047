"""The format of a file of results on the command line, where the file does not say it."""

import json
import subprocess
from collections.abc import Callable

from tests.conftest import Toy
from tests.workflows.test_imports import filled
from tests.workflows.test_named_formats import SMALLER, custom

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_a_baseline_and_a_judgement_take_the_format_as_an_import_does(toy: Toy, command: Command) -> None:
    filled(toy.root, {"old.json": custom(1), "new.json": custom(3)})
    given = ("--from-results", "old.json", "--scenario", "toy", "--input-format", SMALLER)
    updated = command("dart-perf-baseline", "--update", *given)
    assert updated.returncode == 0, updated.stderr
    asked = ("--input", "new.json", "--baseline", "old.json", "--format", "json")
    formats = ("--input-format", SMALLER, "--baseline-format", SMALLER)
    judged = command("dart-regression-detector", "--analyze", *asked, *formats)
    assert json.loads(judged.stdout)["series"][0]["benchmark"] == "step", judged.stderr
    wrong = command("dart-regression-detector", "--analyze", *asked, "--input-format", "custom")
    assert (wrong.returncode, "format 'custom' is not known. Known are: auto, go-test" in wrong.stderr) == (2, True)
    ignored = command("dart-regression-detector", "--plan", "--baseline", "toy", *formats)
    assert "--plan has no use for --input-format and --baseline-format" in ignored.stderr
