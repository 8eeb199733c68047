"""The edge where records meet MCP: tools, strict arguments, error text, signals, transports."""

from dart_perf.serving.arguments import Arguments
from dart_perf.serving.prompts import add_prompts
from dart_perf.serving.server import Server
from dart_perf.serving.shared import add_shared, follow, submit, watch
from dart_perf.serving.start import serve
from dart_perf.serving.tools import READS, WRITES, WRITES_ONCE, Detail, Wait, resource, result, tool

__all__ = [
    "READS",
    "WRITES",
    "WRITES_ONCE",
    "Arguments",
    "Detail",
    "Server",
    "Wait",
    "add_prompts",
    "add_shared",
    "follow",
    "resource",
    "result",
    "serve",
    "submit",
    "tool",
    "watch",
]
