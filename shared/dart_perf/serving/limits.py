"""What a client may ask of a server at most: every bound, and why it is where it is.

Bounds of single arguments (processes, entries a page, seconds to wait) stand in the tools' schemas. These hold for all
of them, and for what comes before a tool is known.
"""

BODY_BYTES = 4 * 1024 * 1024
"""Bytes of a request's body over HTTP. The largest call of a tool is a few kilobytes: files are named, not sent."""
DEPTH = 64
"""Levels of nesting in a message. A call of our deepest tool has 4; parsers end between 200 and 1,024."""
STRING_CHARACTERS = 100_000
"""Characters of one string in a message: 25 times the longest path of Linux (4,096), 2,500 lines of source code."""
ITEMS = 100_000
"""Values in a message, members of objects and entries of lists together: samples, points of a history. The longest
history that is asked for at once is 100,000 points, and looking through so many takes 25 ms."""
SESSIONS = 256
"""Open sessions of clients before 2026-07-28, which are known by an id. One project has a handful of agents, and a
client that crashes leaves its session behind until it was idle for too long; each keeps 45 kB (n 55), all 12 MB."""
SESSION_IDLE_SECONDS = 30 * 60
"""How long a session lives without a request or an open stream. Agents think and people read for minutes; a client
that comes back later is told that its session is gone and opens another."""
CONNECTIONS = 128
"""Open connections. An agent has two or three, to ask and to listen; a process may have 1,024 files by default."""
HEADER_SECONDS = 5.0
"""How long the head of a request may take, and how long a connection without a request is kept."""
BODY_SECONDS = 10.0
"""How long the body of a request may take: 4 MB at 3.4 Mbit/s."""
LINGER_SECONDS = 5.0
"""How long what a refused client still sends is read and thrown away: a connection that is closed while data arrive is
reset, and the client would not see why. 64 MB took more than 1 s over loopback on a machine with a load of 16."""
ANSWER_SECONDS = 0.7
"""How long after a signal running calls may still answer; then each is answered with an error. The process ends within
a second: what remains is for the answers to be sent."""
