"""The bearer token: from a file or the environment, never from an argument, which every process can read."""

import hmac
from collections.abc import MutableMapping
from pathlib import Path

from dart_perf.errors import InvalidInput

TOKEN_VARIABLE = "DART_PERF_TOKEN"  # noqa: S105 -- the name of the variable, not a token
SHORTEST = 16
"""Characters: 16 random letters and digits are 95 bits, beyond guessing over a network."""
LONGEST = 4096
"""Characters: the head of a request may have 64 kB, and no token is longer."""


def token(file: Path | None, environment: MutableMapping[str, str]) -> bytes | None:
    """Return the token, None where none is asked for; it leaves `environment`, so that no measured program gets it.

    Raises:
        InvalidInput: the file cannot be read, both places hold one, or what is there is no token.
    """
    said = environment.pop(TOKEN_VARIABLE, None)
    if file is None:
        return None if said is None else _checked(said, TOKEN_VARIABLE)
    if said is not None:
        raise InvalidInput(f"a token is given twice, by --token-file and {TOKEN_VARIABLE}. Keep one of them.")
    try:
        return _checked(file.read_text(encoding="utf-8").rstrip("\r\n"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"the token file {file} cannot be read: {error}. Name a file of one line.") from error


def _checked(text: str, place: str) -> bytes:
    if not SHORTEST <= len(text) <= LONGEST or not text.isascii() or not text.isprintable() or " " in text:
        raise InvalidInput(
            f"{place} holds no token: it must be {SHORTEST} to {LONGEST} printable ASCII characters without spaces. "
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe())'"
        )
    return text.encode("ascii")


def carries(header: bytes | None, wanted: bytes) -> bool:
    """Return whether an Authorization header holds the token; how long it takes does not tell how much was right."""
    scheme, _, given = (header or b"").partition(b" ")
    return scheme.lower() == b"bearer" and hmac.compare_digest(given.strip(), wanted)
