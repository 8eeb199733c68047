"""The text of a dart-perf.toml, from what was found in a project."""

import json
from collections.abc import Sequence

from dart_perf.model.measurement import printable
from dart_perf.model.setup import Proposal

WIDTH = 120
"""Characters of a line; a longer list stands one item a line."""
HEAD = """\
# Benchmarks of this project, as `dart-perf-baseline --init` found them; it ran nothing.
# Read every entry, then `dart-perf-baseline --trust`: nothing of this file runs before, and every change asks again.
# {python} is dart-perf's interpreter; {root} this folder, or a baseline's kept files when it is measured again;
# {project} always this folder; {results} a file that the program writes and dart-perf reads. Never a shell.
# Each of the `repetitions` (10 a side) runs the whole program once, interleaved with the other side.
"""
TEMPLATE = """
# Nothing here looks like a benchmark. Name a program yourself and take the # away:
#
# [scenario.parse]
# argv = ["{python}", "{root}/benchmarks/parse.py"]
# format = "none"                  # what it prints: dart-perf, google-benchmark, ...; none: the process is measured
# files = ["benchmarks/parse.py"]  # kept with a baseline, so that it can be measured again after you changed them
"""


def declaration(proposals: Sequence[Proposal]) -> str:
    """Return the whole file; a commented template where nothing was found."""
    return HEAD + (entries(proposals) if proposals else TEMPLATE)


def entries(proposals: Sequence[Proposal]) -> str:
    """Return the entries alone, each with an empty line before it."""
    return "".join(f"\n{_entry(proposal)}" for proposal in proposals)


def _entry(proposal: Proposal) -> str:
    lines = [f"[scenario.{proposal.name}]", f"argv = {_array(proposal.argv)}", f'format = "{proposal.format}"']
    if proposal.files:
        lines.append(f"files = {_array(proposal.files)}")
    if proposal.variables:
        said = ", ".join(f"{name} = {_string(value)}" for name, value in proposal.variables.items())
        lines.append(f"variables = {{{said}}}")
    if proposal.version_file:
        lines.append(f"version_file = {_string(proposal.version_file)}")
    if proposal.timeout_seconds is not None:
        lines.append(f"timeout_seconds = {proposal.timeout_seconds:g}")
    body = "\n".join(lines)
    remarks = [f"{proposal.kind}: {proposal.place}", *proposal.remarks]
    if proposal.undecided:
        remarks.append(f"left open: {proposal.undecided}")
        body = "\n".join(f"# {line}" for line in body.splitlines())
    return "".join(f"# {printable(remark)}\n" for remark in remarks) + body + "\n"


def _string(text: str) -> str:
    """Return a string of TOML: as JSON writes it, but for DEL, which TOML wants escaped."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _array(items: Sequence[str]) -> str:
    said = [_string(item) for item in items]
    line = f"[{', '.join(said)}]"
    if len(line) + len("argv = ") <= WIDTH:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in said) + "]"
