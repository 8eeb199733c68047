"""The edge where records meet MCP."""
