"""Work within a call: its steps reach the client, those that follow closely as one, and a cancelled call ends it."""

from collections.abc import Iterator

import anyio
import anyio.lowlevel
import pytest

from dart_perf.serving.shared import POLL_SECONDS, watch
from dart_perf.workflows.project import Progress

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Listener:
    """A client's end of a call."""

    def __init__(self) -> None:
        self.told: list[tuple[int, int | None, str]] = []

    async def report_progress(self, done: int, total: int | None, message: str) -> None:
        await anyio.lowlevel.checkpoint()
        self.told.append((done, total, message))


def moments(*seconds: float) -> Iterator[float]:
    yield from seconds


async def test_steps_that_follow_closely_are_told_as_one_and_a_new_phase_at_once() -> None:
    def work(report: Progress) -> str:
        for done, message in ((0, "reading"), (1, "reading"), (2, "reading"), (3, "writing"), (4, "writing")):
            report(done, 5, message)
        return "done"

    listener = Listener()
    clock = moments(1.0, 1.0, 1.0 + POLL_SECONDS, 1.0 + POLL_SECONDS, 1.0 + POLL_SECONDS)
    assert await watch(listener, work, lambda: next(clock)) == "done"  # type: ignore[arg-type]  # all that is used of it
    assert listener.told == [(0, 5, "reading"), (2, 5, "reading"), (3, 5, "writing")]


async def test_a_call_that_is_cancelled_ends_the_work_at_its_next_step() -> None:
    listener, steps = Listener(), list[int]()
    with anyio.CancelScope() as scope:

        def work(report: Progress) -> None:
            for done in range(1000):
                steps.append(done)
                report(done, None, f"step {done}")
                if done == 1:
                    anyio.from_thread.run_sync(scope.cancel)

        await watch(listener, work)  # type: ignore[arg-type]  # all that is used of it
    assert scope.cancelled_caught
    assert len(steps) < 1000
