"""A runner for a workflow's `run:` steps: bash, GitHub's files and variables, and none of its machines."""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
ACTIONS = {"actions/checkout", "actions/setup-python", "actions/upload-artifact"}
"""What GitHub must provide; everything else of a workflow runs anywhere."""
BASH = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")
"""How GitHub runs a step where `shell: bash` is set."""


@dataclass
class Job:
    """One run of the job: what the steps are given, and what became of them."""

    folder: Path
    temp: Path
    expressions: dict[str, str]
    """Value of every expression that the workflow may use."""
    variables: dict[str, str]
    outcomes: dict[str, str] = field(default_factory=dict)
    """success, failure or skipped, by the step's name."""
    said: dict[str, str] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the job would be red."""
        return self.outcomes.get("job") == "failure"

    def run(self, workflow: dict[str, Any]) -> "Job":
        """Run the steps of the one job, in order."""
        (job,) = workflow["jobs"].values()
        assert workflow["defaults"]["run"]["shell"] == "bash"
        self.variables |= self._filled(workflow["env"])
        for name in ("github_env", "github_step_summary", "github_output"):
            (self.temp / name).touch()
            self.variables[name.upper()] = str(self.temp / name)
        for step in job["steps"]:
            if "uses" in step:
                assert step["uses"].partition("@")[0] in ACTIONS
            else:
                self._step(step)
        return self

    def _step(self, step: dict[str, Any]) -> None:
        name = step["name"]
        if not self._wanted(step.get("if", "success()")):
            self.outcomes[name] = "skipped"
            return
        variables = self.variables | self._filled(step.get("env", {})) | self._exported()
        assert not EXPRESSION.search(step["run"]), "what a user wrote would become a program"
        done = subprocess.run(
            [*BASH, step["run"]], cwd=self.folder, env=variables, capture_output=True, text=True, check=False,
            timeout=120,
        )  # fmt: skip
        self.said[name] = done.stdout + done.stderr
        self.outcomes[name] = "failure" if done.returncode else "success"
        if done.returncode and not step.get("continue-on-error"):
            self.outcomes["job"] = "failure"

    def _wanted(self, condition: str) -> bool:
        """Return the value of one of the few conditions that are used."""
        known = {
            "success()": not self.failed,
            "always() && steps.gate.outcome != 'skipped'": self.outcomes.get("Gate") != "skipped",
            "always() && github.event_name == 'push'": self.expressions["github.event_name"] == "push",
        }
        return known[condition]

    def _filled(self, variables: dict[str, Any]) -> dict[str, str]:
        return {
            name: EXPRESSION.sub(lambda found: self.expressions[found[1]], str(value))
            for name, value in variables.items()
        }

    def _exported(self) -> dict[str, str]:
        lines = (self.temp / "github_env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


def environment(commands: Path, fakes: Path, temp: Path, **more: str) -> dict[str, str]:
    """Return what a step runs with: the installed commands, fakes before them, and no network for pip."""
    path = os.pathsep.join((str(fakes), str(commands), os.environ["PATH"]))
    kept = {name: os.environ[name] for name in ("HOME", "DART_PERF_STATE", "DART_PERF_LOCK") if name in os.environ}
    offline = {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    return kept | offline | {"PATH": path, "RUNNER_TEMP": str(temp), "LC_ALL": "C.UTF-8"} | more
