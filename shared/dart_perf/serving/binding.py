"""The address a server listens on, and what it must know before it does."""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dart_perf.errors import InvalidInput

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")
BACKLOG = 128
"""Connections that wait to be accepted; as many as may be open."""
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._:")
"""What a host name or an address is made of; a wildcard is none of them."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for on the command line."""

    host: str
    port: int
    names: tuple[str, ...]
    token_file: Path | None


@dataclass(frozen=True, slots=True)
class Bound:
    """An open, listening socket and who may speak to it."""

    socket: socket.socket
    names: frozenset[str]
    """Host names, lower case and without port, under which requests are served."""
    token: bytes | None

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.socket.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def bind(wish: Wish, token: bytes | None) -> Bound:
    """Return the socket that listens where it was wished for.

    Raises:
        InvalidInput: the address is unknown or taken, or it can be reached from elsewhere without token and names.
    """
    names = tuple(_name(name) for name in wish.names)
    family, address = _resolved(wish)
    local = ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    missing = _missing(token, names, local=local)
    if missing:
        who = "can be reached from other machines" if not local else "lets other names than those of loopback in"
        raise InvalidInput(
            f"a server on {wish.host} that {who} needs {missing}. Give --token-file FILE (or DART_PERF_TOKEN) and "
            f"--allowed-host NAME for every name clients use, or leave --host and --allowed-host out to serve "
            f"{LOOPBACK} alone."
        )
    return Bound(_open(family, address, wish), frozenset((*names, *(LOOPBACK_NAMES if local else ()))), token)


def _missing(token: bytes | None, names: Iterable[str], *, local: bool) -> str:
    exposed = not local or any(name not in LOOPBACK_NAMES for name in names)
    needs = ["a token"] if exposed and token is None else []
    needs += ["a list of allowed hosts"] if not local and not names else []
    return " and ".join(needs)


def _name(text: str) -> str:
    name = text.lower().removeprefix("[").removesuffix("]")
    if not name or not _NAME_CHARACTERS.issuperset(name) or (":" in name and not _is_address(name)):
        raise InvalidInput(
            f"--allowed-host {text!r} is no host name. Give one name or address without scheme, port or wildcard, "
            "e.g. build.example.org; repeat the option for more."
        )
    return name


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _resolved(wish: Wish) -> tuple[socket.AddressFamily, tuple[object, ...]]:
    """Return the address that `host` stands for: what decides is where it leads, not how it is called."""
    try:
        found = socket.getaddrinfo(wish.host, wish.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise InvalidInput(
            f"--host {wish.host!r} is no address of this machine: {error}. Give e.g. {LOOPBACK} or ::1."
        ) from error
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, address


def _open(family: socket.AddressFamily, address: tuple[object, ...], wish: Wish) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for old connections
    try:
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise InvalidInput(
            f"cannot listen on {wish.host} port {wish.port}: {error.strerror}. "
            "End what runs there, or give --port another number (0 takes a free one)."
        ) from error
    return opened
