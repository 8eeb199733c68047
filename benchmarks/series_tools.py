"""Whole answers of tools over all series of `series_queries.py`: as a server gives them, and in a new process."""

import argparse
from collections.abc import Callable
from pathlib import Path

from dart_perf.workflows.project import Project, open_project

POINTS = 1000


def _trends(project: Project, window: int | None) -> object:
    from dart_perf.workflows.series_query import Query
    from dart_perf.workflows.trends import query_trends

    return query_trends(project, Query(window=window))


def _regressions(project: Project, window: int | None) -> object:
    from dart_perf.workflows.detection import detect
    from dart_perf.workflows.series_query import Query

    return detect(project, query=Query(window=window))


TOOLS: dict[str, Callable[[Project], object]] = {
    "query_trends, 1,000 points of each": lambda project: _trends(project, POINTS),
    "detect_regressions, 1,000 points of each": lambda project: _regressions(project, POINTS),
    "query_trends, default window": lambda project: _trends(project, None),
    "detect_regressions, default window": lambda project: _regressions(project, None),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("tool", choices=TOOLS)
    arguments = parser.parse_args()
    TOOLS[arguments.tool](open_project(arguments.folder, {}))


if __name__ == "__main__":
    main()
