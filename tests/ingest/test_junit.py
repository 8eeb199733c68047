"""JUnit: the time of a test that passed is a sample, and no other time is one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.ingest import read
from dart_perf.model.measurement import Run

DATA = Path(__file__).with_name("data")
GOOD = '<testcase classname="m" name="good" time="1.5"/>'


def one(inner: str, head: str = '<testsuite name="s">') -> Run:
    (run,) = read(f"{head}{inner}</testsuite>")
    return run


def test_tests_that_failed_or_were_skipped_have_no_time() -> None:
    (run,) = read(DATA / "junit_pytest.xml")
    assert [(m.key, m.metric.unit, m.samples) for m in run.measurements] == [
        ("test_cases/test_sleep[1] wall_time", "s", (0.011,)),
        ("test_cases/test_sleep[2] wall_time", "s", (0.021,)),
    ]
    assert [(i.what, i.reason) for i in run.left_out] == [
        ("testcase 3 test_cases/test_fails", "it failed; its time means nothing"),
        ("testcase 4 test_cases/test_skipped", "it was skipped; its time means nothing"),
        ("testcase 5 test_cases/test_error", "it failed; its time means nothing"),
        ("testcase 6 test_cases/test_expected", "it was skipped; its time means nothing"),
    ]


def test_set_up_is_part_of_the_time_and_the_reader_is_told() -> None:
    (run,) = read(DATA / "junit_catch2.xml")
    assert run.warnings[0] == "JUnit times include set-up and tear-down, and are one value a test"


def test_a_host_that_is_yet_to_be_determined_is_no_environment() -> None:
    (run,) = read(DATA / "junit_catch2.xml")  # hostname="tbd"
    assert run.environment.model_dump(exclude_defaults=True) == {}
    assert run.when == datetime(2026, 11, 22, 6, 14, 32, tzinfo=UTC)


@pytest.mark.parametrize("child", ["rerunFailure", "flakyError", "flakyFailure"])
def test_a_test_that_passed_at_last_has_no_time(child: str) -> None:
    run = one(f'{GOOD}<testcase name="t" time="1"><{child}/></testcase>')
    assert run.left_out[0].reason == "it failed at first; its time means nothing"


@pytest.mark.parametrize("said", ['status="notrun"', 'status="disabled"', 'result="suppressed"', 'status="fail"'])
def test_a_test_that_is_marked_as_not_run_has_no_time(said: str) -> None:
    run = one(f'{GOOD}<testcase name="t" time="1" {said}/>')
    assert "it is marked" in run.left_out[0].reason
    assert one('<testcase name="t" time="1" status="run" result="completed"/>').left_out == ()


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        ("", "it has no time"),
        ("0.000", "0: it failed, or was too short for the clock"),
        ("1.234,5", "its time '1.234,5' is no number of seconds"),
        ("1,23", "its time '1,23' is no number of seconds"),
        ("nan", "its time 'nan' is no number of seconds"),
        ("-1", "its time '-1' is no number of seconds"),
        ("1e999", "inf is not finite"),
    ],
)
def test_what_is_no_time_is_left_out(time: str, reason: str) -> None:
    assert one(f'{GOOD}<testcase name="t" time="{time}"/>').left_out[0].reason == reason


def test_thousands_as_maven_writes_them_are_read() -> None:
    assert one('<testcase name="t" time="1,234.5"/>').measurements[0].samples == (1234.5,)


def test_a_test_without_class_belongs_to_its_suite() -> None:
    (run,) = read(
        '<testsuites><testsuite name="a"><testcase name="t" time="1"/></testsuite>'
        '<testsuite name="b"><testsuite name="c"><testcase name="t" time="2"/></testsuite></testsuite></testsuites>'
    )
    assert [m.benchmark.label for m in run.measurements] == ["a/t", "c/t"]


def test_tests_that_share_a_name_are_left_out() -> None:
    run = one(GOOD + '<testcase classname="m" name="t" time="1"/>' * 2)
    assert [m.benchmark.name for m in run.measurements] == ["good"]
    assert "2 values have this name" in run.left_out[0].reason


def test_the_first_suite_says_when_and_only_where_all_say_it() -> None:
    suite = '<testsuite name="{0}" {1}><testcase name="t" time="1"/></testsuite>'
    late, early = 'timestamp="2026-01-02T00:00:00Z"', 'timestamp="2026-01-01T00:00:00Z"'
    both = read(f"<testsuites>{suite.format('a', late)}{suite.format('b', early)}</testsuites>")[0]
    assert both.when == datetime(2026, 1, 1, tzinfo=UTC)
    assert read(f"<testsuites>{suite.format('a', late)}{suite.format('b', '')}</testsuites>")[0].when is None
    local = one(GOOD, '<testsuite timestamp="2026-01-01T00:00:00">')
    assert local.when is None
    assert any("has no time zone" in text for text in local.warnings)


def test_html_and_control_characters_in_names_are_data() -> None:
    run = one('<testcase classname="m" name="&lt;b&gt;&#x9b;31m" time="1"/>')
    assert run.measurements[0].benchmark.name == "<b>\N{REPLACEMENT CHARACTER}31m"
    assert "control characters in names were replaced" in run.warnings


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<testsuite/>", "no measurement: nothing in it"),
        ('<testsuite><testcase time="1"/></testsuite>', r"testcase 1\.name: found None, allowed is the benchmark's"),
        ("<testsuite><testcase", "not XML: unclosed token"),
        ("<suite/>", "the first tag is 'suite', allowed are 'testsuites' and 'testsuite'"),
        ('<!DOCTYPE a [<!ENTITY b "x">]><testsuite>&b;</testsuite>', "it declares entities"),
    ],
)
def test_what_is_wrong_is_named(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        read(text, "junit")
