"""Builders of what is stored; session-wide, so that property tests may use them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.environment import Environment
from dart_perf.model.job import Job
from dart_perf.model.measurement import Benchmark, Guard, Measurement, Metric, Run
from dart_perf.store import open_store
from dart_perf.store.contract import Store

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CPU = Metric(name="cpu_time", unit="s", better="lower")
LINUX = Environment(cpu_model="Test CPU", cores=4, os="linux", architecture="x86_64")


def _run(number: int = 0, *, series: int = 1, **fields: Any) -> Run:
    measurements = tuple(
        Measurement(benchmark=Benchmark(name=f"step_{i}"), metric=CPU, samples=(1.0 + number, 0.5), processes=(0, 1))
        for i in range(series)
    )
    whole = {"producer": "test", "commit": f"{number:040x}", "environment": LINUX, "measurements": measurements}
    return Run.model_validate(whole | fields)


def _baseline(version: str = "1.0", **fields: Any) -> Baseline:
    whole = {
        "scenario": "robot", "platform": "linux-x86_64", "version": version, "created": NOON, "created_by": "ann",
        "reason": "release", "runs": (_run(guards=(Guard(name="contacts", value=12),)),),
    }  # fmt: skip
    return Baseline.model_validate(whole | fields)


def _event(action: Action, baseline: str, minutes: int = 0) -> BaselineEvent:
    return BaselineEvent(action=action, baseline=baseline, who="ann", when=NOON + timedelta(minutes=minutes), why="so")


def _job(number: int = 0, **fields: Any) -> Job:
    whole = {
        "id": f"job-{number:016x}", "kind": "compare", "key": f"key-{number}", "request": {"margin": 0.1},
        "created": NOON + timedelta(minutes=number), "updated": NOON,
    }  # fmt: skip
    return Job.model_validate(whole | fields)


def _capture(store: Store, baseline: Baseline, contents: dict[str, bytes] | None = None) -> str:
    store.add_baseline(baseline, _event(Action.CAPTURED, baseline.id), contents)
    return baseline.id


@pytest.fixture(scope="session")
def a_run() -> Callable[..., Run]:
    return _run


@pytest.fixture(scope="session")
def a_baseline() -> Callable[..., Baseline]:
    return _baseline


@pytest.fixture(scope="session")
def an_event() -> Callable[..., BaselineEvent]:
    return _event


@pytest.fixture(scope="session")
def a_job() -> Callable[..., Job]:
    return _job


@pytest.fixture(scope="session")
def capture() -> Callable[..., str]:
    return _capture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(folder: Path) -> Store:
    return open_store(f"file:{folder}")


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close segments after two or three runs, so that folding is exercised."""
    monkeypatch.setattr("dart_perf.store.runs.SEGMENT_BYTES", 1500)
    monkeypatch.setattr("dart_perf.store.history.SEGMENT_BYTES", 600)
