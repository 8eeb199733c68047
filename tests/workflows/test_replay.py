"""A receipt judged again: the same verdict but for rounding, or said not to be."""

import math
from pathlib import Path

import pytest

from dart_perf.workflows.project import Project
from dart_perf.workflows.replay import replay
from tests.store.test_receipts import receipt
from tests.workflows.past import opened


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return opened(tmp_path, 1)


@pytest.mark.parametrize(("off", "same"), [(0.0, True), (1e-13, True), (1e-4, False)])
def test_a_figure_that_another_machine_rounds_otherwise_is_the_same(project: Project, off: float, same: bool) -> None:
    sealed = receipt()
    assert sealed.verdict.judgement is not None
    assert sealed.verdict.judgement.ratio is not None
    told = sealed.verdict.judgement.model_copy(update={"ratio": sealed.verdict.judgement.ratio * math.exp(off)})
    verdict = sealed.verdict.model_copy(update={"judgement": told})
    found = replay(project, project.store.add_receipt(sealed.model_copy(update={"verdict": verdict})))
    assert found.same is same
    assert bool(found.warnings) is not same
