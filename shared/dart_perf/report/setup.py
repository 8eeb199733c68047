"""What was found in a project, and what limits measuring on a machine, as compact text."""

from dart_perf.model.measurement import printable
from dart_perf.model.setup import Declaration


def declared(record: Declaration) -> str:
    """Return what `--init` found; where it wrote nothing, the text it would have written, so that it can be copied."""
    lines = [record.summary]
    if record.written:
        lines += [
            f"{p.name} ({p.kind}): {p.place}" + f"; left open: {p.undecided}" * bool(p.undecided)
            for p in record.proposals
        ]
    lines += [f"warning: {warning}" for warning in record.warnings]
    lines += [f"next: {record.next_step}"] if record.next_step else []
    if record.written or not record.text:
        return printable_lines(lines)
    return "".join(f"# {line}\n" for line in printable_lines(lines).splitlines()) + record.text.rstrip("\n")


def printable_lines(lines: list[str]) -> str:
    """Return lines as one text; what files are called may not move a terminal's cursor."""
    return "\n".join(printable(line) for line in lines)
