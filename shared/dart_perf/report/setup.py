"""What was found in a project, and what limits measuring on a machine, as compact text."""

from dart_perf.model.measurement import printable
from dart_perf.model.setup import Declaration, Examination, Floor, Limit


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


def examined(record: Examination) -> str:
    """Return what limits measuring: a line a finding, what limits first, then what is not known, then what is fine."""
    rank = {"limits": 0, "unknown": 1, "fine": 2}
    lines = [record.summary]
    lines += [_limit(limit) for limit in sorted(record.limits, key=lambda limit: rank[limit.state])]
    lines += [_floor(floor) for floor in record.floor]
    lines += [f"warning: {floor.metric}: {warning}" for floor in record.floor for warning in floor.warnings]
    lines += [f"warning: {warning}" for warning in record.warnings]
    lines += [f"next: {record.next_step}"] if record.next_step else []
    return printable_lines(lines)


def _limit(limit: Limit) -> str:
    more = "".join(f"; {part}" for part in (limit.meaning, limit.remedy and f"do: {limit.remedy}") if part)
    return f"{limit.state:7}  {limit.name}: {limit.finding}{more}"


def _floor(floor: Floor) -> str:
    told = [
        f"{100 * (effect - 1):.1f} % at a margin of {margin} %"
        for effect, margin in ((floor.smallest, 1), (floor.smallest_usual, 5))
        if effect is not None
    ]
    return (
        f"floor    {floor.metric}: two identical programs in {floor.pairs} pairs: {floor.ratio:.3f}x "
        f"[{floor.low:.3f}, {floor.high:.3f}], spread of a pair {100 * floor.spread:.1f} %; "
        f"{floor.processes} processes a side would tell {' and '.join(told)}"
    )
