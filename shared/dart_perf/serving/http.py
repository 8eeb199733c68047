"""A server over streamable HTTP, in both eras of the protocol, until a signal ends it."""

import importlib
import logging
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings

from dart_perf.serving import limits
from dart_perf.serving.application import Application
from dart_perf.serving.binding import Bound
from dart_perf.serving.closing import PROCESS
from dart_perf.serving.connection import Connection
from dart_perf.serving.exchanges import Exchanges
from dart_perf.serving.guard import HEALTH, MCP, Guard
from dart_perf.serving.server import Server

STATUS = {signal.SIGTERM: 0, signal.SIGINT: 130}
"""Exit codes: SIGTERM is how a service is told to end, and it did; SIGINT is an interruption, as of every command."""
FLUSH_SECONDS = 0.05
"""How long the last answers may take from this process into the system's buffers."""


class _Uvicorn(uvicorn.Server):
    """uvicorn without its own idea of signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave them alone."""
        yield


def run_http(server: Server, bound: Bound) -> None:
    """Serve `/mcp` and `/health` until a signal ends the process; the address is said on stderr."""
    logging.getLogger("mcp").setLevel(logging.ERROR)  # it warns of each refused request, which an attacker would fill
    importlib.import_module("dart_perf.report.text")  # the first answer needs it, and may be given while ending
    anyio.run(_serve, server, bound)


def application(server: Server, bound: Bound) -> Application:
    """Return the ASGI application; the SDK's session manager, which it needs, is `server.session_manager`."""
    server.streamable_http_app(
        max_request_body_size=limits.BODY_BYTES,
        session_idle_timeout=limits.SESSION_IDLE_SECONDS,
        max_sessions=limits.SESSIONS,
        # The guard has looked at Host and Origin already, and more strictly than the SDK's patterns can say.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    health = {"name": server.name, "version": server.version, "status": "ok"}
    return Application(Guard(bound.names, bound.token), server.session_manager.asgi_app, health)


async def _serve(server: Server, bound: Bound) -> None:
    app = application(server, bound)
    config = uvicorn.Config(
        app, http=Connection, ws="none", lifespan="off", log_config=None, access_log=False, server_header=False,
        proxy_headers=False, timeout_keep_alive=int(limits.HEADER_SECONDS),
    )  # fmt: skip
    serving = _Uvicorn(config)
    async with server.session_manager.run(), anyio.create_task_group() as group:
        await group.start(_end_on_signal, serving, app.exchanges)
        guarded = ", bearer token required" if bound.token else ""
        sys.stderr.write(f"{server.name} {server.version} at {bound.url}{MCP} ({HEALTH} beside it{guarded})\n")
        sys.stderr.flush()
        await serving.serve(sockets=[bound.socket])


async def _end_on_signal(
    serving: uvicorn.Server,
    exchanges: Exchanges,
    *,
    task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """At the first signal take no more requests, drain, end; at the second end at once."""
    with anyio.open_signal_receiver(*STATUS) as signals:
        task_status.started()
        async with anyio.create_task_group() as group:
            async for number in signals:
                if PROCESS.begun:
                    os._exit(STATUS[signal.Signals(number)])
                PROCESS.begun = True
                group.start_soon(_end, serving, exchanges, STATUS[signal.Signals(number)])


async def _end(serving: uvicorn.Server, exchanges: Exchanges, status: int) -> None:
    for listener in serving.servers:
        listener.close()
    await exchanges.drain(limits.ANSWER_SECONDS)
    await anyio.sleep(FLUSH_SECONDS)
    # A thread may work on for minutes and cannot be cancelled. Nothing is lost by ending here: what could be answered
    # is, every write of the store is atomic, and jobs run in other processes.
    os._exit(status)
