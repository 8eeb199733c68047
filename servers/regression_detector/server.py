"""regression-detector: judges."""

from typing import Annotated

from mcp.server import MCPServer
from pydantic import Field

from dart_perf.model.answer import Plan
from dart_perf.model.comparison import Comparison
from dart_perf.serving import READS, Arguments, Detail, Server, add_shared, serve, tool
from dart_perf.workflows.project import Opening

PORT = 8008
"""Where it listens over HTTP unless told otherwise."""
INSTRUCTIONS = """Judges measurements; measures nothing itself. detect_regressions holds results against a baseline, \
plan_runs says how many runs a question needs. Ratios are turned so that above 1 is always worse. NORMAL means shown \
to be within the margin; INCONCLUSIVE means not known yet, with the number of runs still needed."""


def build_server(opened: Opening) -> Server:
    """Return the server with its tools and resources, working on the project that `opened` gives."""
    arguments = Arguments()
    server = Server("regression-detector", INSTRUCTIONS, arguments)
    _add_tools(server, arguments, opened)
    add_shared(server, arguments, opened)
    return server


def _add_tools(server: MCPServer[None], arguments: Arguments, opened: Opening) -> None:
    @tool(server, arguments, READS)
    def detect_regressions(
        results: Annotated[str, Field(description="File of results in the project, or the id of a stored run.")],
        baseline: Annotated[
            str, Field(description="Scenario (its current baseline), baseline id, run id, or file of results.")
        ],
        margin: Annotated[
            float | None,
            Field(description="Largest relative change that does not matter; the scenario's own or 0.05.", gt=0, le=10),
        ] = None,
        format: Annotated[  # noqa: A002 -- the interface
            str, Field(description="Format of the results' file, as for import_results.")
        ] = "auto",
        baseline_format: Annotated[str, Field(description="Format of the baseline, where it is a file.")] = "auto",
        detail: Detail = "brief",
    ) -> Comparison:
        """Say whether results are slower than a baseline, over all series, with the false discovery rate controlled.

        Runs measured in one session are paired. Stored values against later ones carry the machine's drift between
        sessions: small steps are then INCONCLUSIVE; compare_with_baseline measures both sides again instead.
        """
        from dart_perf.workflows import detection  # it loads numpy, which a server must not at start

        return detection.detect(
            opened(), results, baseline, form=format, baseline_form=baseline_format, margin=margin, detail=detail
        )

    @tool(server, arguments, READS)
    def plan_runs(
        scenario: Annotated[str, Field(description="Scenario with a current baseline, or a baseline id.")],
        effect: Annotated[float, Field(description="Ratio that must be found, e.g. 1.1 for 10 % slower.", gt=1)] = 1.1,
        margin: Annotated[
            float | None, Field(description="Largest relative change that does not matter.", gt=0, le=10)
        ] = None,
        power: Annotated[float, Field(description="Probability of finding it.", ge=0.5, le=0.99)] = 0.8,
    ) -> Plan:
        """Say how many runs and seconds it takes to find an effect, from the recorded noise."""
        from dart_perf.workflows import planning  # as above

        return planning.plan_runs(opened(), scenario, effect=effect, margin=margin, power=power)


def main() -> None:
    """Serve the working directory's project over stdio, or over HTTP where the arguments say so."""
    serve(build_server, "regression_detector", PORT)
