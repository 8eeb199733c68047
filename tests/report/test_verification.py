"""What a verification says of several scenarios at once."""

from dart_perf.model.judgement import Status
from dart_perf.model.verification import ScenarioVerdict, Verification
from dart_perf.report.verification import text


def test_a_warning_says_of_which_scenario_it_is_where_there_are_several() -> None:
    one, other = (
        ScenarioVerdict(scenario=name, status=Status.BEHAVIOUR_CHANGED, guards=("r: 1 -> 2",), warnings=("late",))
        for name in ("solve", "load")
    )
    both = Verification(
        status=Status.BEHAVIOUR_CHANGED,
        summary="s",
        base="b",
        head="h",
        seconds=1,
        scenarios=(one, other),
        next_step="n",
    )
    assert "warning: solve: late\nwarning: load: late\n" in text(both)
    assert "warning: late\n" in text(both.model_copy(update={"scenarios": (one,)}))
