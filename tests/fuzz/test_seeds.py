"""The property of the fuzzer, on its seeds, on what it found, and on a few thousand changes of the seeds."""

import random
from pathlib import Path

import pytest

from dart_perf.ingest.table import FORMATS
from tests.fuzz.mutation import changed
from tests.fuzz.property import check, seeds

SEEDS = seeds()
FINDINGS = sorted(Path(__file__).with_name("findings").glob("*.bin"))
CHANGES = 20
"""Changes of a seed; the fuzzer makes millions (benchmarks/results/fuzz.md)."""


def test_there_is_a_seed_that_is_read_for_every_format() -> None:
    read = {form for form, data in SEEDS.values() if check(form, data)}
    assert read | {"customBiggerIsBetter"} >= set(FORMATS)  # its sample is read as the smaller one's shape is


@pytest.mark.parametrize("name", SEEDS)
def test_a_seed_is_kept_or_refused_by_every_format(name: str) -> None:
    for form in ("auto", *FORMATS):
        check(form, SEEDS[name][1])


@pytest.mark.parametrize("name", SEEDS)
def test_a_changed_seed_is_kept_or_refused(name: str) -> None:
    form, data = SEEDS[name]
    rng = random.Random(name)
    for _ in range(CHANGES):
        made = changed(data, rng)
        check(form, made)
        check("auto", made)


def test_what_the_fuzzer_found_stays_mended() -> None:
    """The format stands in the name of a finding: `google-benchmark__what.bin`."""
    for file in FINDINGS:
        check(file.stem.partition("__")[0], file.read_bytes())
        check("auto", file.read_bytes())
