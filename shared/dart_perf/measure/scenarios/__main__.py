"""Run a built-in scenario with any interpreter that has dartpy: `python FOLDER_OF_THIS_FILE standard_robot`.

`standard_robot` takes `--extra-work FILE` and `--floating`, which plant a slowdown or another behaviour (`make demo`).

With `--version` in place of a name it prints the version of the dartpy that a scenario would load, and a digest of
every DART library in it: a rebuilt dartpy keeps its version.

The package `dart_perf` is loaded from the folder that holds this file, not found on a path. Putting that folder on
PYTHONPATH instead would, in an ordinary installation, also put its neighbours there: another interpreter would load
*our* dartpy, and every version would look like every other.
"""

import sys
from hashlib import sha256
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


def _describe_dartpy() -> list[str]:
    """Return version, then name and SHA-256 of the module and of the DART libraries that came with it."""
    dartpy = import_module("dartpy")
    loaded = {Path(str(dartpy.__file__))}
    maps = Path("/proc/self/maps")
    if maps.exists():
        lines = (line.split(maxsplit=5) for line in maps.read_text(encoding="utf-8", errors="replace").splitlines())
        named = (Path(fields[5]) for fields in lines if len(fields) > 5)  # noqa: PLR2004 -- the path is the sixth field
        loaded |= {path for path in named if "dart" in path.name and path.is_file()}
    digests = sorted({(path.name, sha256(path.read_bytes()).hexdigest()) for path in loaded})
    return [dartpy.__version__, *(f"{name} {digest}" for name, digest in digests)]


if __name__ == "__main__":
    planted = sys.argv[2:]
    if not set(sys.argv[1:2]) & {*NAMES, "--version"} or (planted and sys.argv[1] != "standard_robot"):
        sys.exit(f"usage: {sys.argv[0]} {{{','.join(NAMES)},--version}}")
    if sys.argv[1] == "--version":
        sys.stdout.write("\n".join(_describe_dartpy()) + "\n")
        sys.exit()
    _load_package()
    import_module(f"dart_perf.measure.scenarios.{sys.argv[1]}").main(*planted)
