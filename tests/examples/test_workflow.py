"""The workflow that users copy, step by step on a toy repository: with a planted regression, and with none."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from dart_perf.report.pull_request import MARKER
from dart_perf.workflows.imports import import_results
from dart_perf.workflows.policy_file import parse_policy
from dart_perf.workflows.project import open_project
from tests.examples.workflow import Job, environment

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "workflows"
WORKFLOW = EXAMPLES / "performance.yml"
HISTORY = 25
NAMES = ("BM_Step", "BM_Collide", "BM_Parse", "BM_Solve")
PIXI = """#!{python}
import json, pathlib, random, subprocess, sys
assert sys.argv[1:4] == ["run", "benchmark", "--all-metrics"], sys.argv
said = json.loads(pathlib.Path("levels.json").read_text())
if "fails" in said:
    sys.exit("the benchmark crashed")
rng = random.Random(subprocess.check_output(["git", "rev-list", "--count", "HEAD"]))  # the same at every test
rows = [{{"name": name, "run_name": name, "run_type": "iteration", "repetitions": 3, "repetition_index": i,
          "iterations": 9, "real_time": level * rng.gauss(1, .01), "cpu_time": level * rng.gauss(1, .01),
          "time_unit": "ms"}} for name, level in said.items() for i in range(3)]
pathlib.Path(sys.argv[5]).write_text(json.dumps({{"context": {{"num_cpus": 4}}, "benchmarks": rows}}))
"""
GH = """#!{python}
import json, pathlib, sys
store, words = pathlib.Path({store!r}), sys.argv[1:]
said = json.loads(store.read_text())
assert words[0] == "api"
url = next(word for word in words if word.startswith("repos/dartsim/toy/"))
method = words[words.index("--method") + 1] if "--method" in words else "GET"
said["calls"].append([method, url])
field = next((word.partition("=@")[2] for word in words if word.startswith("body=@")), None)
if method == "POST":
    said["comments"].append({{"id": 100 + len(said["comments"]), "login": "github-actions[bot]",
                              "body": pathlib.Path(field).read_text()}})
elif method == "PATCH":
    (found,) = [one for one in said["comments"] if url.endswith("/comments/" + str(one["id"]))]
    found["body"] = pathlib.Path(field).read_text()
elif url.endswith("/comments"):
    asked = words[words.index("--jq") + 1]
    assert 'select(.user.login == "github-actions[bot]")' in asked
    assert '<!-- dart-perf:report -->' in asked
    for one in said["comments"]:
        if one["login"] == "github-actions[bot]" and one["body"].startswith("<!-- dart-perf:report -->"):
            print(one["id"])
else:
    print(said["body"])
store.write_text(json.dumps(said))
"""


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Jo", "-c", "user.email=j@example.org", "-c", "init.defaultBranch=main")
    argv = ("git", "-C", str(folder), *identity, *arguments)
    done = subprocess.run(argv, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass
class Site:
    """A bare remote, a clone of it, the forge's memory, and the commands."""

    root: Path
    commands: Path
    runs: int = 0

    @property
    def clone(self) -> Path:
        return self.root / "clone"

    @property
    def forge(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.root / "forge.json").read_text())
        return said

    def commit(self, message: str = "change", **levels: float) -> str:
        """Commit what the benchmark says, and push the branch."""
        (self.clone / "levels.json").write_text(json.dumps(dict.fromkeys(NAMES, 1.0) | levels))
        (self.clone / "count.txt").write_text(f"{message} after {git(self.clone, 'rev-list', '--count', '--all')}")
        git(self.clone, "add", "levels.json", "count.txt")
        git(self.clone, "commit", "--quiet", "--message", message)
        git(self.clone, "push", "--quiet", str(self.root / "remote.git"), "HEAD")
        return git(self.clone, "rev-parse", "HEAD")

    def write(self, body: str) -> None:
        """Change the text of the pull request."""
        (self.root / "forge.json").write_text(json.dumps(self.forge | {"body": body}))

    def run(self, event: str, before: str = "") -> Job:
        """Run the workflow on a fresh clone of the branch, as GitHub does."""
        self.runs += 1
        branch = git(self.clone, "symbolic-ref", "--short", "HEAD")
        folder, temp = self.root / f"work{self.runs}", self.root / f"temp{self.runs}"
        git(self.root, "clone", "--quiet", "--branch", branch, str(self.root / "remote.git"), str(folder))
        temp.mkdir()
        pulls = event == "pull_request"
        expressions = {
            "github.event_name": event, "github.base_ref": "main" if pulls else "", "github.token": "secret",
            "github.event.before": before, "github.event.pull_request.number": "7" if pulls else "",
        }  # fmt: skip
        variables = environment(
            self.commands, self.root / "fakes", temp, GITHUB_REPOSITORY="dartsim/toy",
            GITHUB_SHA=git(folder, "rev-parse", "HEAD"),
        )  # fmt: skip
        return Job(folder, temp, expressions, variables).run(yaml.safe_load(WORKFLOW.read_text()))

    def kept(self) -> int:
        """Return how many results the branch with the history holds."""
        return int(git(self.root / "remote.git", "rev-list", "--count", "dart-perf-data"))


def begin(root: Path, commands: Path) -> Site:
    made = Site(root, commands)
    git(root, "init", "--quiet", "--bare", "remote.git")
    git(root, "clone", "--quiet", "remote.git", "clone")
    git(made.clone, "checkout", "--quiet", "-B", "main")
    (made.clone / "dart-perf-policy.toml").write_bytes((EXAMPLES / "dart-perf-policy.toml").read_bytes())
    git(made.clone, "add", "dart-perf-policy.toml")
    return settle(made)


def settle(made: Site) -> Site:
    """Write what holds the paths of the folder that the site lies in."""
    git(made.clone, "remote", "set-url", "origin", str(made.root / "remote.git"))
    (made.root / "forge.json").write_text(json.dumps({"calls": [], "comments": [], "body": "Text of the request."}))
    (made.root / "fakes").mkdir(exist_ok=True)
    for name, text in (("pixi", PIXI), ("gh", GH)):
        said = text.format(python=sys.executable, store=str(made.root / "forge.json"))
        (made.root / "fakes" / name).write_text(said)
        (made.root / "fakes" / name).chmod(0o755)
    return made


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A remote whose data branch holds the results of earlier pushes; it is copied for each test."""
    site = begin(tmp_path_factory.mktemp("site"), Path(sys.executable).parent)
    data = site.root / "data"
    data.mkdir()
    project = open_project(site.clone, {"DART_PERF_HOME": str(data / ".dart-perf")})
    for _ in range(HISTORY):
        head = site.commit()
        argv = (site.root / "fakes" / "pixi", "run", "benchmark", "--all-metrics", "--output", "old.json")
        subprocess.run(argv, cwd=site.clone, check=True)
        import_results(project, "old.json", commit=head)
    (site.clone / "old.json").rename(data / "current_baseline.json")
    git(data, "init", "--quiet", "--initial-branch", "dart-perf-data")
    git(data, "add", "--all")
    git(data, "commit", "--quiet", "--message", "history")
    git(data, "push", "--quiet", str(site.root / "remote.git"), "dart-perf-data")
    return site.root


@pytest.fixture
def site(tmp_path: Path, commands: Path) -> Site:
    return begin(tmp_path, commands)


@pytest.fixture
def history(measured: Path, tmp_path: Path, commands: Path) -> Site:
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    return settle(Site(tmp_path, commands))


def test_a_planted_regression_fails_and_the_comment_says_so_once(history: Site) -> None:
    git(history.clone, "checkout", "--quiet", "-b", "slow")
    (history.clone / "dart-perf-policy.toml").write_text("margin = 9.0\n")  # a change does not write its own rules
    git(history.clone, "add", "dart-perf-policy.toml")
    history.commit("make it slow", BM_Collide=1.4)
    slow = history.run("pull_request")
    assert slow.failed, slow.said
    assert slow.outcomes["Report"] == "success", slow.said
    (comment,) = history.forge["comments"]
    assert comment["body"].startswith(f"{MARKER}\n### Performance: FAIL")
    assert "| **fails**: regression | `BM_Collide` cpu_time | 1." in comment["body"]
    assert (slow.temp / "github_step_summary").read_text() == comment["body"]
    assert "BM_Collide cpu_time 1." in slow.said["Detect regressions"]
    assert json.loads((slow.folder / "trend_analysis.json").read_text())
    assert history.kept() == 1  # a pull request adds nothing to the history

    history.write("Perf-Regression-Rationale: BM_Collide: it finds all contacts now")
    waived = history.run("pull_request")
    assert not waived.failed, waived.said
    assert "it finds all contacts now" in history.forge["comments"][0]["body"]

    history.write("no reason")
    history.commit("mend it")
    mended = history.run("pull_request")
    assert not mended.failed, mended.said
    (comment,) = history.forge["comments"]
    assert comment["body"].startswith(f"{MARKER}\n### Performance: PASS")
    assert [method for method, _ in history.forge["calls"] if method != "GET"] == ["POST", "PATCH", "PATCH"]


def test_a_push_that_changed_nothing_passes_and_adds_to_the_history(history: Site) -> None:
    before = git(history.clone, "rev-parse", "HEAD")
    history.commit("clean up")
    job = history.run("push", before)
    assert not job.failed, job.said
    assert (job.outcomes["Keep the results"], history.kept()) == ("success", 2)
    assert json.loads((job.folder / "performance_history.json").read_text())
    assert history.forge["calls"] == []


def test_a_benchmark_that_crashes_fails_the_gate(history: Site) -> None:
    git(history.clone, "checkout", "--quiet", "-b", "broken")
    argv = (history.root / "fakes" / "pixi", "run", "benchmark", "--all-metrics", "--output", "perf_results.json")
    subprocess.run(argv, cwd=history.clone, check=True)
    git(history.clone, "add", "perf_results.json")  # results that come with a change are none of this run
    history.commit("break it", fails=1)
    job = history.run("pull_request")
    assert job.failed
    assert "perf_results.json" in history.forge["comments"][0]["body"]
    assert "### Performance: FAIL" in history.forge["comments"][0]["body"]


def test_the_first_push_begins_the_history(site: Site) -> None:
    site.commit("begin")
    job = site.run("push", "0" * 40)
    assert not job.failed, job.said
    assert "no history yet" in job.said["Gate"]
    assert site.kept() == 2  # its beginning, and these results


def test_only_what_github_must_provide_is_an_action() -> None:
    steps = yaml.safe_load(WORKFLOW.read_text())["jobs"]["performance"]["steps"]
    assert all(("uses" in step) != ("run" in step) for step in steps)


def test_the_example_policy_is_one() -> None:
    path = EXAMPLES / "dart-perf-policy.toml"
    assert parse_policy(path.read_bytes(), str(path)).waiver == ()
