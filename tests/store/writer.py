# ruff: noqa: T201 -- what it prints is what it was told
"""A process that writes: `writer.py URL NAME COUNT` appends runs and captures baselines, and says what is stored.

Every printed line was acknowledged by the store: nobody may lose it.
"""

import sys
from datetime import UTC, datetime

from dart_perf.model.baseline import Action, Baseline, BaselineEvent
from dart_perf.model.measurement import Benchmark, Measurement, Metric, Run
from dart_perf.store import open_store

CPU = Metric(name="cpu_time", unit="s", better="lower")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def main() -> None:
    url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    store = open_store(url)
    for number in range(count):
        measurements = tuple(
            Measurement(benchmark=Benchmark(name=f"{name}_{i}"), metric=CPU, samples=(1.0 + number,)) for i in range(3)
        )
        run = Run(producer=name, version=str(number), measurements=measurements)
        store.append_runs([run])
        print(run.id, flush=True)
        if number % 5 == 0:
            baseline = Baseline(
                scenario="robot", platform="linux-x86_64", version=f"{name}.{number}", created=NOON, created_by=name,
                reason="test", runs=(run,),
            )  # fmt: skip
            for action in (Action.CAPTURED, Action.PROMOTED):
                event = BaselineEvent(action=action, baseline=baseline.id, who=name, when=NOON, why="test")
                if action is Action.CAPTURED:
                    store.add_baseline(baseline, event)
                else:
                    store.log_event(event)
            print(baseline.id, flush=True)


if __name__ == "__main__":
    main()
