"""Which names a glob names: `*` is any text, `?` any character, everything else is itself.

Brackets are no classes: names of parametrised tests hold them, and `step[10]` must never name `step1`.
"""

from fnmatch import fnmatchcase


def matches(name: str, glob: str) -> bool:
    """Say whether the whole name is what the glob says; case counts."""
    return fnmatchcase(name, glob.replace("[", "[[]"))
