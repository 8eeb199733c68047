"""Writing a first dart-perf.toml: what the project has that can be measured; nothing is run, nothing is trusted."""

from dart_perf.errors import InvalidInput
from dart_perf.measure import catalogue, trust
from dart_perf.model.setup import Declaration, Proposal
from dart_perf.report.declaration import declaration, entries
from dart_perf.workflows.discovery.search import search
from dart_perf.workflows.project import Project
from dart_perf.workflows.scenarios import unasked


def initialise(project: Project, *, dry_run: bool = False) -> Declaration:
    """Write dart-perf.toml for what is found in the project; one that exists stays as it is.

    Raises:
        InvalidInput: the file that exists cannot be read, or a new one cannot be written.
    """
    path = project.root / catalogue.FILE
    data = catalogue.read_bytes(project.root)
    found, warnings = search(project.root)
    if data is not None:
        known = catalogue.parse(data, path)
        lacking = _lacking(found, {scenario.argv for scenario in known.values()})
        return Declaration(
            summary=f"{path} exists and stays as it is. {_told(lacking, 'It lacks')}",
            path=str(path),
            written=False,
            text=entries(lacking),
            proposals=lacking,
            warnings=(*warnings, *unasked(project, known)),
            next_step=f"copy what you want of these entries into it. {trust.REMEDY}" if lacking else "",
        )
    text = declaration(found)
    if not dry_run:
        _write(project, text)
    return Declaration(
        summary=f"{'would write' if dry_run else 'wrote'} {path}: {_told(found, 'it holds')}",
        path=str(path),
        written=not dry_run,
        text=text,
        proposals=found,
        warnings=warnings,
        next_step=_next(found, dry_run=dry_run),
    )


def _lacking(found: tuple[Proposal, ...], known: set[tuple[str, ...]]) -> tuple[Proposal, ...]:
    return tuple(proposal for proposal in found if proposal.argv not in known)


def _told(proposals: tuple[Proposal, ...], start: str) -> str:
    open_ones = sum(bool(proposal.undecided) for proposal in proposals)
    if not proposals:
        return f"{start} nothing that looks like a benchmark here."
    entries_said = f"{len(proposals)} entr{'ies' if len(proposals) > 1 else 'y'}"
    aside = f", {open_ones} of them commented out with the reason" if open_ones else ""
    return f"{start} {entries_said}{aside}."


def _next(found: tuple[Proposal, ...], *, dry_run: bool) -> str:
    if dry_run:
        return "dart-perf-baseline --init writes it"
    if all(proposal.undecided for proposal in found):
        return "name a program in it, then dart-perf-baseline --trust"
    first = next(proposal.name for proposal in found if not proposal.undecided)
    return f"read it, then dart-perf-baseline --trust, then dart-perf-baseline --capture --scenario {first}"


def _write(project: Project, text: str) -> None:
    """Write the file; one that appeared meanwhile, or a link, is not touched."""
    path = project.root / catalogue.FILE
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InvalidInput(f"{path} appeared while the project was looked at; it stays as it is. Ask again.") from error
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}. Make the folder writable.") from error
