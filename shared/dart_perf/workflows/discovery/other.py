"""What looks like benchmarks and needs a decision: asv suites, scripts and programs in benchmark folders, make."""

import re
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from dart_perf.model.setup import Proposal
from dart_perf.workflows.discovery.naming import name_of
from dart_perf.workflows.discovery.tree import FOLDERS, Tree

RUNS_ITSELF = (b"#!", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
RULE = re.compile(r"^(bench\w*|perf)\s*:(?!=)", re.MULTILINE)


def asv_suites(tree: Tree) -> Iterator[Proposal]:
    """Yield a commented-out entry for each suite: asv runs it in environments of its own and keeps results apart."""
    for file in tree.files:
        if file.name == "asv.conf.json":
            where = re.search(r'^\s*"results_dir"\s*:\s*"([^"\\]+)"', tree.text(file), flags=re.MULTILINE)
            results = file.parent / (where.group(1) if where else ".asv/results")
            yield Proposal(
                name=name_of(file.parent / "asv"),
                kind="asv",
                place=str(file),
                argv=("asv", "run", "--quick", "--python=same", "--dry-run", f"--config={{root}}/{file}"),
                format="none",
                undecided=(
                    "asv runs its benchmarks in environments that it builds and keeps the results apart: run "
                    f"`asv run --record-samples`, then `dart-perf-baseline --import {results}`. As a scenario only the "
                    "time of the whole suite could be measured"
                ),
            )


def programs(tree: Tree, known: Sequence[Proposal]) -> Iterator[Proposal]:
    """Yield a commented-out entry for each executable in a folder of benchmarks that nothing else recognised."""
    places = {proposal.place for proposal in known}
    for file in tree.files:
        if str(file) in places or file.suffix == ".py" or FOLDERS.isdisjoint(file.parts[:-1]):
            continue
        if not (tree.root / file).stat().st_mode & 0o111 or not _runs_itself(tree, file):
            continue
        yield Proposal(
            name=name_of(file),
            kind="program",
            place=str(file),
            argv=(f"{{root}}/{file}",),
            format="none",
            files=(str(file),),
            undecided="it can be run; whether it is a benchmark, with which arguments, and what it prints is not known",
        )


def make_rules(tree: Tree) -> Iterator[Proposal]:
    """Yield a commented-out entry for each rule of the project's Makefile that is named after benchmarks."""
    text = tree.text(PurePosixPath("Makefile")) if tree.has("Makefile") else ""
    for rule in sorted(set(RULE.findall(text))):
        yield Proposal(
            name=name_of(PurePosixPath(f"make_{rule}")),
            kind="make",
            place="Makefile",
            argv=("make", "--silent", rule),
            format="none",
            undecided=f"what rule {rule} runs is not known; name that program instead, so that make is not measured",
        )


def _runs_itself(tree: Tree, file: PurePosixPath) -> bool:
    try:
        with (tree.root / file).open("rb") as stream:
            return stream.read(4).startswith(RUNS_ITSELF)
    except OSError:
        return False
