"""A server on stdin and stdout, as a client starts it."""

import os
import signal

import anyio

from dart_perf.serving.server import Server


def run_stdio(server: Server) -> None:
    """Serve over stdin and stdout until the client closes them or a signal ends the process."""
    anyio.run(_stdio, server)


async def _stdio(server: Server) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(_end_on_signal)
        await server.run_stdio_async()
        group.cancel_scope.cancel()


async def _end_on_signal() -> None:
    # A thread blocks in read(stdin) and cannot be cancelled, so an orderly shutdown would hang until the client
    # writes. Nothing is lost by ending at once: every write of the store is atomic, and jobs run in other processes.
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            os._exit(128 + number)
