"""The built-in humanoid, changed: `slower` does real extra work, `floating` takes the floor away.

`slower` reads the share of extra work from build/demo/extra_work, where `make demo` writes it; 0.3 without that file.
"""

import sys
from pathlib import Path

from dart_perf.measure.scenarios import standard_robot

EXTRA_WORK = Path(__file__).parent.parent / "build" / "demo" / "extra_work"


def main() -> None:
    """Measure the chosen variant."""
    if sys.argv[1:] == ["slower"]:
        standard_robot.main(extra_work=float(EXTRA_WORK.read_text()) if EXTRA_WORK.exists() else 0.3)
    elif sys.argv[1:] == ["floating"]:
        standard_robot.main(ground=False)
    else:
        sys.exit(f"usage: {sys.argv[0]} slower|floating")


if __name__ == "__main__":
    main()
