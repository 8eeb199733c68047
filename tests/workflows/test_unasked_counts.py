"""Before anything is measured: a scenario that counts, and of which nothing shows who says how often."""

from dart_perf.report.text import render
from dart_perf.workflows import doctor
from dart_perf.workflows.init import initialise
from dart_perf.workflows.scenarios import list_scenarios, trust_project
from tests import golden
from tests.conftest import Toy

TOML = """
[scenario.plain]
argv = ["{python}", "{root}/plain.py"]
counts = [100, 200]

[scenario.probed]
argv = ["{python}", "{root}/probed.py"]
counts = [100, 200]
"""


def test_trusting_and_listing_and_init_and_doctor_say_it(toy: Toy) -> None:
    (toy.root / "plain.py").write_text("print(1)\n")
    (toy.root / "probed.py").write_text("from dart_perf.collect.probe import Probe\n")
    (toy.root / "dart-perf.toml").write_text(TOML)
    (warning,) = trust_project(toy.project).warnings
    assert list_scenarios(toy.project).warnings == (warning,)
    assert warning in initialise(toy.project).warnings
    examined = doctor.examine(toy.project, quick=True)
    golden.check("unasked_counts.txt", "\n".join([f"warning: {warning}", *_lines(render(examined))]) + "\n")


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if " counts: " in line]
