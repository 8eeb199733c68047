"""Run a built-in scenario with any interpreter that has dartpy: `python FOLDER_OF_THIS_FILE standard_robot`.

With `--version` in place of a name it prints the version of the dartpy that a scenario would load.

The package `dart_perf` is loaded from the folder that holds this file, not found on a path. Putting that folder on
PYTHONPATH instead would, in an ordinary installation, also put its neighbours there: another interpreter would load
*our* dartpy, and every version would look like every other.
"""

import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

NAMES = ("standard_robot", "collision_boxes", "chain_step", "io_parse")


def _load_package() -> None:
    """Make `import dart_perf` mean the package around this file."""
    folder = Path(__file__).resolve().parents[2]
    spec = spec_from_file_location("dart_perf", folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        sys.exit(f"{folder} does not hold the package dart_perf. Install dart-perf again.")
    module = module_from_spec(spec)
    sys.modules["dart_perf"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in {*NAMES, "--version"}:  # noqa: PLR2004 -- the program and an argument
        sys.exit(f"usage: {sys.argv[0]} {{{','.join(NAMES)},--version}}")
    if sys.argv[1] == "--version":
        sys.stdout.write(import_module("dartpy").__version__ + "\n")
        sys.exit()
    _load_package()
    import_module(f"dart_perf.measure.scenarios.{sys.argv[1]}").main()
