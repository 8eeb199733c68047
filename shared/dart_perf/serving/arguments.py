"""What a call may say: unknown arguments and values that no tool accepts are refused before a tool sees them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp.server import ServerRequestContext
from mcp.server.context import CallNext, HandlerResult
from mcp_types import CallToolResult, TextContent

from dart_perf.report.visible import visible
from dart_perf.serving import messages


@dataclass(slots=True)
class Arguments:
    """The arguments each tool knows; as middleware it refuses all others, which the SDK would silently drop."""

    known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer a call with unknown arguments by an error that lists the known ones; pass everything else on."""
        if ctx.method == "tools/call" and isinstance(ctx.params, Mapping):
            problem = self._problem(ctx.params.get("name"), ctx.params.get("arguments"))
            if problem:
                return CallToolResult(content=[TextContent(type="text", text=visible(problem))], is_error=True)
        return _plainer(await call_next(ctx))

    def _problem(self, name: Any, given: Any) -> str | None:
        if name not in self.known or not isinstance(given, Mapping):
            return None
        refused = messages.problem(given)
        if refused:  # over HTTP the whole message was looked through already; over stdio this is the first look
            return f"{name} refused its arguments: {refused}. {messages.STRICT}"
        unknown = sorted(str(key) for key in given if key not in self.known[name])
        if not unknown:
            return None
        known = ", ".join(self.known[name]) or "none"
        return f"{name} has no argument {', '.join(map(repr, unknown))}. Known are: {known}."


def _plainer(result: HandlerResult) -> HandlerResult:
    """Return the result; of an argument that was refused, say which and why, without the validation library's links."""
    if not isinstance(result, dict) or not result.get("isError"):
        return result
    text = "\n".join(block.get("text", "") for block in result["content"])
    refused = re.fullmatch(r"Error executing tool (\w+): \d+ validation errors? for \w+\n(.*)", text, re.DOTALL)
    if refused is None:
        return result | {"content": [{"type": "text", "text": visible(text)}]}
    lines = [line.strip() for line in refused[2].splitlines() if "For further information visit" not in line]
    pairs = "; ".join(f"{name}: {_found(why)}" for name, why in zip(lines[::2], lines[1::2], strict=False))
    said = f"{refused[1]} refused its arguments. {pairs}. Mend them and call again; the schema says what is allowed."
    return result | {"content": [{"type": "text", "text": visible(said)}]}


def _found(why: str) -> str:
    """Return the validation library's reason with what was found, and without its own names for both."""
    plain = re.sub(r" \[type=missing,.*\]$", "", why)
    return re.sub(r" \[type=\w+, input_value=(.*), input_type=\w+\]$", r"; found \1", plain)
