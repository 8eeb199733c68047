"""The SDK's server as both of ours use it: named, versioned, strict about arguments, and with an answer to bad JSON."""

from contextlib import AbstractAsyncContextManager
from importlib import metadata
from types import TracebackType
from typing import Any, Self

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_PARAMS, PARSE_ERROR, ErrorData, GetPromptResult, InputRequiredResult, JSONRPCError

from dart_perf.report.visible import visible
from dart_perf.serving.arguments import Arguments
from dart_perf.serving.messages import STRICT

LONGEST = 300
"""Characters of a prompt's argument: as long as the name of a benchmark may be."""
REFUSED = SessionMessage(
    JSONRPCError(
        jsonrpc="2.0", id=None, error=ErrorData(code=PARSE_ERROR, message=f"the line is no JSON-RPC message. {STRICT}")
    )
)


def version() -> str:
    """Return the version of the installed distribution."""
    return metadata.version("dart-perf")


class Server(MCPServer[None]):
    """An MCP server of this distribution."""

    def __init__(self, name: str, instructions: str, arguments: Arguments) -> None:
        super().__init__(
            name, instructions=instructions, version=version(), middleware=[arguments], log_level="WARNING"
        )

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[None, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """Return a prompt. Raises MCPError for a wrong call, which the SDK tells clients as a crash of ours."""
        known = {prompt.name: prompt for prompt in await self.list_prompts()}
        if name not in known:
            raise MCPError(INVALID_PARAMS, f"there is no prompt {visible(name)!r}; prompts/list names all there are")
        taken = [argument.name for argument in known[name].arguments or ()]
        unknown = ", ".join(repr(visible(given)) for given in arguments or () if given not in taken)
        if unknown:
            raise MCPError(INVALID_PARAMS, f"{name} has no argument {unknown}. Known are: {', '.join(taken)}.")
        long = next((given for given, value in (arguments or {}).items() if len(str(value)) > LONGEST), None)
        if long is not None:
            raise MCPError(INVALID_PARAMS, f"{name}: {long} has more than {LONGEST} characters. Give a shorter one.")
        return await super().get_prompt(name, arguments, context)

    async def run_stdio_async(self) -> None:
        """Serve over stdin and stdout until the client closes them; a line that is no message is answered."""
        low = self._lowlevel_server
        async with stdio_server() as (incoming, outgoing):
            await low.run(_Answering(incoming, outgoing), outgoing, low.create_initialization_options())


class _Answering(AbstractAsyncContextManager["_Answering"]):
    """The stream of messages from a client, where what could not be read is answered by an error.

    The SDK's own loop drops it in silence, and the client waits for ever.
    """

    def __init__(self, incoming: Any, outgoing: Any) -> None:
        self.incoming, self.outgoing = incoming, outgoing

    @property
    def last_context(self) -> Any:
        """The context that the SDK's loop runs the message in."""
        return self.incoming.last_context

    async def receive(self) -> Any:
        while isinstance(item := await self.incoming.receive(), Exception):
            await self.outgoing.send(REFUSED)
        return item

    async def aclose(self) -> None:
        await self.incoming.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
