"""The peer: the SDK's server with one echo tool and nothing else."""

from mcp.server import MCPServer

server: MCPServer[None] = MCPServer("bare", log_level="WARNING")


@server.tool()
def echo(text: str) -> str:
    """Return the text."""
    return text


server.run("stdio")
