"""Sealed verdicts and the lines they stand on: kept, proven, named where damaged."""

from datetime import timedelta
from pathlib import Path

import pytest

from dart_perf.analysis.verification import judge
from dart_perf.errors import Corrupted, MissingData
from dart_perf.model.verification import FloorPair, Receipt
from dart_perf.store.contract import Store
from tests.analysis.test_verification import WHEN, evidence, pairs, question


def receipt() -> Receipt:
    found = evidence(pairs(1.2, 20))
    return Receipt(created=WHEN, created_by="tester", evidence=found, verdict=judge(found))


def test_a_receipt_comes_back_as_it_was_sealed(store: Store) -> None:
    name = store.add_receipt(receipt())
    assert store.receipt(name) == receipt()
    assert store.add_receipt(receipt()) == name


def test_an_unknown_receipt_is_answered_with_those_there_are(store: Store) -> None:
    name = store.add_receipt(receipt())
    with pytest.raises(MissingData, match=name):
        store.receipt("receipt-0000000000000000")
    with pytest.raises(MissingData):
        store.receipt("../store")


def test_validation_names_a_damaged_receipt_and_a_damaged_attempt(store: Store, folder: Path) -> None:
    name = store.add_receipt(receipt())
    with store.attempt(question()) as attempt:
        attempt.append("pair", pairs(1.0, 1)[0])
    assert store.validate().sound
    sealed = folder / "receipts" / f"{name}.json"
    sealed.write_bytes(sealed.read_bytes().replace(b"tester", b"nobody"))
    (lines,) = (folder / "attempts").glob("*/*.jsonl")
    lines.write_bytes(lines.read_bytes().replace(b"base first", b"head first").replace(b"solve", b"salve"))
    found = {finding.file for finding in store.validate().findings}
    assert found == {f"receipts/{name}.json", lines.relative_to(folder).as_posix()}
    with pytest.raises(Corrupted):
        store.receipt(name)


def test_attempts_are_counted_by_what_was_held_against_one_base(store: Store) -> None:
    first = question()
    other = first.model_copy(update={"head": first.head.model_copy(update={"tree": "1" * 40})})
    elsewhere = first.model_copy(update={"base": first.base.model_copy(update={"tree": "2" * 40})})
    numbers = []
    for asked in (first, other, first, elsewhere):
        with store.attempt(asked) as attempt:
            numbers.append((attempt.number, attempt.known))
    assert numbers == [(1, 1), (2, 2), (1, 2), (1, 1)]


def test_a_torn_line_is_cut_off_and_the_pairs_before_it_stay(store: Store, folder: Path) -> None:
    with store.attempt(question()) as attempt:
        for pair in pairs(1.0, 3):
            attempt.append("pair", pair)
    (lines,) = (folder / "attempts").glob("*/*.jsonl")
    lines.write_bytes(lines.read_bytes()[:-7])
    with store.attempt(question()) as attempt:
        assert len(attempt.lines) == 2
        attempt.append("pair", pairs(1.0, 3)[2])
    with store.attempt(question()) as attempt:
        assert len(attempt.lines) == 3


def test_a_floor_keeps_its_pairs_by_scenario_and_machine(store: Store) -> None:
    pair = FloorPair(when=WHEN, cpu=(0.1, 0.11), wall=(0.2, 0.2))
    later = pair.model_copy(update={"when": WHEN + timedelta(days=1)})
    store.add_floor("solve", "0" * 16, pair)
    store.add_floor("solve", "0" * 16, later)
    store.add_floor("solve", "1" * 16, pair)
    assert store.floor("solve", "0" * 16) == [pair, later]
    assert store.floor("load", "0" * 16) == []
