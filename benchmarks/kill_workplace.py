"""Where verify_kills.py works: a repository, the processes that work for it, and what must be in order afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SCENARIO = """[scenario.work]
argv = ["{python}", "{root}/work.py"]
build = [["{python}", "{root}/build.py"]]
format = "none"
metrics = ["cpu_time"]
benchmark_files = ["work.py"]
"""
WORK = """import os

def burn(steps):
    total = 0
    for step in range(steps):
        total = (total * 31 + step) % 65_521
    return total

child = os.fork()  # a child of its own, so that a whole group has to be ended
burn(30_000)
if not child:
    os._exit(0)
os.waitpid(child, 0)
"""
BUILD = """import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.5)"])
time.sleep(0.3)
open("built", "w").write("x")
child.wait()
"""
KINDS = {
    "client": ("verify_kills.py", "--client"),
    "server": ("-m", "regression_detector"),
    "worker": ("dart_perf.workflows.work",),
    "launcher": ("launcher.py",),
    "measured program": ("/work.py",),
    "build": ("/build.py",),
    "git": ("git",),
}
"""Who can be killed, by words of its command line."""
GIT = ("git", "-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org", "-c", "commit.gpgsign=false")


@dataclass(frozen=True, slots=True)
class Seen:
    """A process that works for the workplace."""

    pid: int
    born: str
    """Its start time, so that its id is not taken for another's."""
    words: tuple[str, ...]

    def is_a(self, kind: str) -> bool:
        """Say whether it is of one of KINDS."""
        if kind == "git":
            return Path(self.words[0]).name == "git"
        return all(any(word == part or word.endswith(part) for word in self.words) for part in KINDS[kind])

    @property
    def kind(self) -> str:
        return next((kind for kind in KINDS if self.is_a(kind)), " ".join(self.words)[-120:])

    def kill(self) -> bool:
        """Send SIGKILL; False where it has ended."""
        if _born(self.pid) != self.born:
            return False
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True


def _born(pid: int) -> str:
    try:
        told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if told[0] == "Z" else told[19]


@dataclass(frozen=True)
class Workplace:
    """A folder with everything of one run of the script."""

    folder: Path
    repository: Path = field(init=False)
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "repository", self.folder / "repository")
        object.__setattr__(self, "home", self.folder / "store")

    def environment(self) -> dict[str, str]:
        """Return what everything runs with; it marks the processes too."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DART_PERF_", "GIT_"))}
        own = {"HOME": "store", "STATE": "state", "LOCK": "measure.lock"}
        marks = {f"DART_PERF_{name}": str(self.folder / place) for name, place in own.items()}
        return clean | marks | {"TMPDIR": str(self.folder / "tmp"), "GIT_CONFIG_GLOBAL": os.devnull}

    def make(self) -> None:
        """Make the repository, trusted."""
        for place in (self.repository, self.folder / "tmp"):
            place.mkdir(parents=True)
        files = {"dart-perf.toml": SCENARIO, "work.py": WORK, "build.py": BUILD, ".gitignore": "built\n"}
        for name, content in files.items():
            (self.repository / name).write_text(content)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")
        self.git("commit", "--quiet", "--message=Work")
        trust = [str(Path(sys.executable).parent / "dart-perf-baseline"), "--trust"]
        subprocess.run(trust, cwd=self.repository, env=self.environment(), check=True, capture_output=True)

    def edit(self, number: int) -> None:
        """Commit one edit and leave another in the working tree: both sides of round `number` are new."""
        self.git("checkout", "--quiet", "--", ".")
        (self.repository / "base.txt").write_text(f"{number}\n")
        self.git("add", "base.txt")
        self.git("commit", "--quiet", f"--message=Round {number}")
        (self.repository / "base.txt").write_text(f"{number} and on\n")

    def git(self, *arguments: str) -> str:
        """Run git in the repository and return what it printed."""
        command = [*GIT, *arguments]
        done = subprocess.run(command, cwd=self.repository, check=True, capture_output=True, text=True)
        return done.stdout

    def processes(self) -> list[Seen]:
        """Return every living process that works here, by its environment, command line or folder; not this one."""
        return [seen for entry in Path("/proc").iterdir() if entry.name.isdigit() and (seen := self._seen(entry))]

    def _seen(self, entry: Path) -> Seen | None:
        pid, mark = int(entry.name), os.fsencode(self.folder)
        try:
            words = (entry / "cmdline").read_bytes()
            is_ours = mark in words or mark in (entry / "environ").read_bytes()
            is_ours = is_ours or mark in bytes((entry / "cwd").readlink())
        except OSError:
            return None
        born = _born(pid)
        if not is_ours or not words or not born or pid == os.getpid():
            return None
        return Seen(pid, born, tuple(os.fsdecode(word) for word in words.rstrip(b"\0").split(b"\0")))

    def pairs(self) -> dict[str, bytes]:
        """Return the lines of pairs that are recorded, by file; a line that is being written is left out."""
        found: dict[str, bytes] = {}
        for path in sorted((self.home / "attempts").glob("*/*.jsonl")):
            if path.parent.name != "floors":
                data = path.read_bytes()
                whole = data[: data.rfind(b"\n") + 1]
                found[str(path)] = b"".join(line for line in whole.splitlines(True) if b'"kind":"pair"' in line)
        return found

    def disorder(self) -> Iterator[str]:
        """Yield what a killed process left behind that the next call should have taken away."""
        above = self.home.resolve() / "worktrees"
        listed = self.git("worktree", "list", "--porcelain").splitlines()
        known = {Path(line.removeprefix("worktree ")) for line in listed if line.startswith("worktree ")}
        here = {entry.name for entry in above.iterdir()} if above.is_dir() else set()
        sides = {name for name in here if "." not in name}
        for name in sorted(sides | {path.name for path in known - {self.repository.resolve()}}):
            whole = name in sides and f"{name}.json" in here and above / name in known
            if not whole:
                yield f"worktree {name} is half made"
        yield from (f"{name} is of no side" for name in here if name.partition(".")[0] not in sides)
        yield from (f"{name} is left" for name in here if name.endswith(".tmp"))
        yield from (f"{path.name} is left in the store" for path in self.home.glob("index-*"))
        if self.git("status", "--porcelain") != " M base.txt\n":
            yield f"the checkout was changed: {self.git('status', '--porcelain')!r}"
        if (self.repository / ".git" / "index.lock").exists():
            yield "git's index is locked"
        line = self.folder / "measure.lock.queue"
        yield from (f"ticket {path.name} is left" for path in (line.iterdir() if line.is_dir() else ()))

    def left_in_tmp(self) -> list[str]:
        """Return what lies in the temporary folder."""
        return sorted(path.name for path in (self.folder / "tmp").iterdir())
