"""A policy file says what it may, or is refused with file, line and what is allowed."""

from datetime import date

import pytest

from dart_perf.errors import InvalidInput
from dart_perf.model.measurement import Benchmark
from dart_perf.model.policy import Policy
from dart_perf.workflows.policy_file import FILE, parse_policy, read_policy
from tests.conftest import Toy

WHOLE = b"""
margin = 0.05
required = ["dynamics/*"]
inconclusive = "fail"
no_baseline = "pass"
rationales = "fail"

[margins]
"group:collision" = 0.2
"dynamics/*" = 0.1

[[waiver]]
benchmark = "dynamics/step"
metric = "cpu_time"
reason = "checks its input"
expires = 2027-01-31
by = "js"
"""


def test_a_whole_policy_is_read() -> None:
    policy = parse_policy(WHOLE, "p.toml")
    assert (policy.margin, policy.required, policy.inconclusive) == (0.05, ("dynamics/*",), "fail")
    assert policy.waiver[0].expires == date(2027, 1, 31)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("margn = 0.1", "line 1: the policy has the unknown key 'margn'. Known are: margin, margins, required"),
        ("\nmargin = '0.1'", "line 2: margin: Input should be a valid number, got '0.1'"),
        ("margin = 0", "greater than 0"),
        ("margin = 11", "less than or equal to 10"),
        ("inconclusive = 'maybe'", "line 1: inconclusive: Input should be 'pass' or 'fail'"),
        ("[margins]\n\n'a*' = -1", "line 3: margins.a*"),
        ("[[waiver]]\nreason = 'x'\nexpires = 2027-01-01", "line 1: waiver.0.benchmark: Field required"),
        ("[[waiver]]\nbenchmark = 'x'\nreason = 'x'", "line 1: waiver.0.expires: Field required"),
        ("[[waiver]]\nbenchmark='x'\nexpires=2027-01-01\n[[waiver]]\nbenchmark='y'\nexpires='x'", "line 6: waiver.1"),
        ("[[waiver]]\nbenchmark='x'\nexpires=2027-01-01\n\n[[waiver]]\nuntil=3",
         "line 6: [[waiver]] number 2 has the unknown key 'until'. Known are: benchmark, metric, reason, expires, by"),
        ("waiver = 3", "line 1: waiver: Input should be a valid"),
        ("margin = ", "is not TOML"),
        ("margin = nan", "valid number"),
        ("margin = 99999999999999999999999999", "wrong type"),
        ("required = ['']", "line 1: required.0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_policy(text.encode(), "p.toml")
    assert str(refused.value).startswith("p.toml")
    assert said in str(refused.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput, match="byte 2: not UTF-8"):
        parse_policy(b"a=\xff", "p.toml")


@pytest.mark.parametrize(
    ("measured", "margin"),
    [
        (Benchmark(suite="dynamics", name="step", group="collision"), 0.1),
        (Benchmark(name="boxes", group="collision"), 0.2),
        (Benchmark(name="parse", group="io"), None),
    ],
)
def test_a_glob_comes_before_a_group(measured: Benchmark, margin: float | None) -> None:
    assert parse_policy(WHOLE, "p.toml").margin_of(measured) == margin


def test_without_a_file_the_defaults_hold_and_are_named(toy: Toy) -> None:
    assert read_policy(toy.project, None) == (Policy(), "built-in defaults")
    (toy.root / FILE).write_text("margin = 0.2\n")
    read = read_policy(toy.project, None)
    assert (read.policy.margin, read.name[:21]) == (0.2, f"{FILE} ("[:21])


def test_a_file_that_was_named_must_be_there(toy: Toy) -> None:
    with pytest.raises(InvalidInput, match="does not exist"):
        read_policy(toy.project, "mine.toml")
