"""What limits measuring, told from planted /proc and /sys."""

from pathlib import Path

import pytest

from dart_perf.measure import installed, processor, surroundings
from dart_perf.measure.host import Host
from dart_perf.model.scenario import Scenario
from dart_perf.model.setup import Limit

CPU = "sys/devices/system/cpu"
CLOCK = "sys/devices/system/clocksource/clocksource0/current_clocksource"
STAT = "cpu  100 0 100 900 0 0 0 {stolen} 0 0\ncpu0 1 2 3"
SWAPS = "Filename Type Size Used Priority\n/swap file 1048572 {used} -2"
VIRTUAL = "processor : 0\nflags\t\t: fpu hypervisor sse\n"
METAL = "processor : 0\nflags\t\t: fpu sse\n"


def looked(root: Path, files: dict[str, str], step: float = 1e-9) -> dict[str, Limit]:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content + "\n", encoding="utf-8")
    host = Host(root)
    return {limit.name: limit for limit in (*processor.limits(host, step), *surroundings.limits(host))}


CASES: list[tuple[str, dict[str, str], str, str]] = [
    ("governor", {f"{CPU}/cpu0/cpufreq/scaling_governor": "performance"}, "fine", "performance"),
    ("governor", {f"{CPU}/cpu0/cpufreq/scaling_governor": "powersave"}, "limits", "powersave"),
    (
        "governor",
        {f"{CPU}/cpu{i}/cpufreq/scaling_governor": name for i, name in ((0, "performance"), (11, "schedutil"))},
        "limits",
        "performance and schedutil",
    ),
    ("governor", {}, "unknown", "the system does not say"),
    ("turbo", {f"{CPU}/intel_pstate/no_turbo": "1"}, "fine", "off"),
    ("turbo", {f"{CPU}/intel_pstate/no_turbo": "0"}, "limits", "on"),
    ("turbo", {f"{CPU}/cpufreq/boost": "0"}, "fine", "off"),
    ("turbo", {f"{CPU}/cpufreq/boost": "1"}, "limits", "on"),
    ("turbo", {f"{CPU}/cpufreq/boost": "x"}, "unknown", "the system does not say"),
    ("smt", {f"{CPU}/smt/active": "1"}, "limits", "two hyper-threads share each core"),
    ("smt", {f"{CPU}/smt/active": "0", "proc/cpuinfo": METAL}, "fine", "no hyper-threads are used"),
    ("smt", {f"{CPU}/smt/active": "0", "proc/cpuinfo": VIRTUAL}, "unknown", "none is shown to a virtual machine"),
    ("smt", {}, "unknown", "the system does not say"),
    ("cores", {f"{CPU}/online": "0-7"}, "fine", "8"),
    ("cores", {f"{CPU}/online": "0-3,6", "proc/self/status": "Cpus_allowed_list:\t0-1"}, "fine", "2 of 5 may be used"),
    ("cores", {f"{CPU}/online": "0"}, "limits", "1"),
    ("cores", {f"{CPU}/online": "what"}, "unknown", "does not say"),
    ("clock", {CLOCK: "tsc"}, "fine", "tsc, steps of 1 ns"),
    ("clock", {CLOCK: "hpet"}, "limits", "hpet"),
    ("clock", {}, "fine", "of unknown source"),
    ("load", {"proc/loadavg": "0.10 0.2 0.3 1/9 7", f"{CPU}/online": "0"}, "fine", "0.10 on 1 core,"),
    ("load", {"proc/loadavg": "0.90 0.2 0.3 1/9 7", f"{CPU}/online": "0"}, "limits", "0.90 on 1 core,"),
    ("load", {"proc/loadavg": "2.90 0.2 0.3 1/9 7", f"{CPU}/online": "0-3"}, "fine", "2.90 on 4 cores"),
    ("load", {"proc/loadavg": "3.10 0.2 0.3 1/9 7", f"{CPU}/online": "0-3"}, "limits", "3.10 on 4 cores"),
    ("load", {"proc/loadavg": ""}, "unknown", "does not say"),
    ("machine", {"proc/cpuinfo": METAL}, "fine", "no hypervisor"),
    ("machine", {"proc/cpuinfo": "BogoMIPS : 50"}, "unknown", "does not say whether"),
    ("machine", {"proc/cpuinfo": VIRTUAL, "sys/class/dmi/id/product_name": "KVM"}, "limits", "virtual (KVM)"),
    ("machine", {"proc/cpuinfo": VIRTUAL, "proc/stat": STAT.format(stolen=0)}, "fine", "virtual, 0 % of its time"),
    ("machine", {"proc/cpuinfo": VIRTUAL, "proc/stat": STAT.format(stolen=50)}, "limits", "virtual, 20 % of its time"),
    ("container", {".dockerenv": ""}, "fine", "docker"),
    ("container", {"run/.containerenv": ""}, "fine", "podman"),
    ("container", {"proc/1/cgroup": "0::/kubepods/pod1"}, "fine", "kubepods"),
    ("quota", {}, "fine", "no CPU quota"),
    ("quota", {"sys/fs/cgroup/cpu.max": "max 100000"}, "fine", "no CPU quota"),
    ("quota", {"sys/fs/cgroup/cpu.max": "150000 100000"}, "limits", "1.5 cores"),
    (
        "quota",
        {
            "proc/self/cgroup": "0::/a/b",
            "sys/fs/cgroup/a/b/cpu.max": "400000 100000",
            "sys/fs/cgroup/a/cpu.max": "50000 100000",
        },
        "limits",
        "0.5 cores",
    ),
    (
        "quota",
        {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000"},
        "fine",
        "no CPU quota",
    ),
    (
        "quota",
        {
            "proc/self/cgroup": "2:cpuacct:/\n1:cpu:/x",
            "sys/fs/cgroup/cpu/x/cpu.cfs_quota_us": "200000",
            "sys/fs/cgroup/cpu/x/cpu.cfs_period_us": "100000",
        },
        "limits",
        "2 cores",
    ),
    ("quota", {"proc/self/cgroup": "0::/../../x", "sys/fs/cgroup/cpu.max": "garbage"}, "fine", "no CPU quota"),
    ("swap", {"proc/swaps": "Filename Type Size Used Priority"}, "fine", "there is none"),
    ("swap", {"proc/swaps": SWAPS.format(used=0)}, "fine", "none is used"),
    ("swap", {"proc/swaps": SWAPS.format(used=20480)}, "limits", "20 MiB are used"),
    ("aslr", {"proc/sys/kernel/randomize_va_space": "2"}, "fine", "on"),
    ("aslr", {"proc/sys/kernel/randomize_va_space": "0"}, "limits", "off"),
    ("aslr", {}, "unknown", "does not say"),
    ("perf", {}, "unknown", "no perf events"),
    *(
        (
            "perf",
            {"proc/sys/kernel/perf_event_paranoid": level, "sys/bus/event_source/devices/cpu/type": "4"},
            state,
            f"perf_event_paranoid {level}",
        )
        for level, state in (("-1", "fine"), ("1", "fine"), ("2", "fine"), ("3", "limits"), ("4", "limits"))
    ),
    ("perf", {"proc/sys/kernel/perf_event_paranoid": "1"}, "limits", "counters of the processor are not given"),
]


@pytest.mark.parametrize(("name", "files", "state", "finding"), CASES)
def test_what_the_kernel_tells_is_told_on(
    tmp_path: Path, name: str, files: dict[str, str], state: str, finding: str
) -> None:
    limit = looked(tmp_path, files)[name]
    assert limit.state == state
    assert finding in limit.finding
    assert limit.meaning or state != "limits"
    said = name == "perf" and "not given" in limit.finding  # no setting gives counters that the host keeps
    assert bool(limit.remedy) or state != "limits" or said


def test_a_coarse_clock_limits_whatever_its_source(tmp_path: Path) -> None:
    assert looked(tmp_path, {CLOCK: "tsc"}, step=1e-3)["clock"].state == "limits"


def test_this_machine_is_told_in_full() -> None:
    limits = [*processor.limits(Host(), 1e-9), *surroundings.limits(Host())]
    assert {limit.name for limit in limits} - {"container"} == {
        "governor", "turbo", "smt", "cores", "clock", "load", "machine", "quota", "swap", "aslr", "perf"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "said", "state", "finding"),
    [
        (None, "", "limits", "not installed"),
        ("/bin/valgrind", "valgrind-3.19.0", "fine", "3.19.0"),
        ("/bin/valgrind", "", "unknown", "/bin/valgrind"),
    ],
)
def test_valgrind_is_told_with_its_version(path: str | None, said: str, state: str, finding: str) -> None:
    limit = installed.valgrind(find=lambda _name: path, said=lambda *_argv: said)
    assert (limit.state, limit.finding) == (state, finding)


@pytest.mark.parametrize(
    ("argv", "missing"),
    [
        (("{python}", "x"), False),
        (("{root}/there",), False),
        (("./there",), False),
        (("{project}/there",), False),
        (("true",), False),
        (("{root}/gone",), True),
        (("{root}/data",), True),
        (("no-such-program",), True),
    ],
)
def test_programs_of_scenarios_that_are_not_there_are_named(
    tmp_path: Path, argv: tuple[str, ...], missing: bool
) -> None:
    (tmp_path / "data").touch()
    (tmp_path / "there").touch(mode=0o755)
    told = list(installed.programs({"s": Scenario(name="s", argv=argv)}, tmp_path))[1:]
    assert [limit.finding.startswith("s: ") for limit in told] == [True] * missing
