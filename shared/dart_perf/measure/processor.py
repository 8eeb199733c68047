"""What the processor does by itself while something is measured: frequency, hyper-threads, clock."""

from collections.abc import Iterator

from dart_perf.measure.host import Host
from dart_perf.model.setup import Limit

CPUS = "sys/devices/system/cpu"
SILENT = "the system does not say, which is usual in a virtual machine: there the host decides"
STEADY = frozenset({"tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page"})
"""Clock sources that are read without leaving the program, in some tens of nanoseconds."""
COARSE_SECONDS = 1e-6
"""A clock that steps more coarsely puts its steps into batches of milliseconds at 0.1 % or more."""


def limits(host: Host, clock_step: float) -> Iterator[Limit]:
    """Yield what limits measuring on this processor; `clock_step` is the resolution of the clock, seconds."""
    yield _governor(host)
    yield _turbo(host)
    yield _smt(host)
    yield _cores(host)
    yield _clock(host, clock_step)


def _governor(host: Host) -> Limit:
    found = sorted(set(host.every(f"{CPUS}/cpu[0-9]*/cpufreq/scaling_governor")))
    if not found:
        return Limit(name="governor", state="unknown", finding=SILENT)
    said = " and ".join(found)
    if found == ["performance"]:
        return Limit(name="governor", state="fine", finding=said)
    return Limit(
        name="governor",
        state="limits",
        finding=said,
        meaning="the frequency follows the load, so that short programs are measured at any of several speeds",
        remedy="sudo cpupower frequency-set -g performance",
    )


def _turbo(host: Host) -> Limit:
    off, boost = host.number(f"{CPUS}/intel_pstate/no_turbo"), host.number(f"{CPUS}/cpufreq/boost")
    if off is None and boost is None:
        return Limit(name="turbo", state="unknown", finding=SILENT)
    if off == 1 or boost == 0:
        return Limit(name="turbo", state="fine", finding="off")
    switch = f"echo 1 | sudo tee /{CPUS}/intel_pstate/no_turbo"
    return Limit(
        name="turbo",
        state="limits",
        finding="on",
        meaning="the frequency depends on temperature and on what the other cores do; pairs side by side share it",
        remedy=switch if off is not None else f"echo 0 | sudo tee /{CPUS}/cpufreq/boost",
    )


def _smt(host: Host) -> Limit:
    active = host.number(f"{CPUS}/smt/active")
    if active is None:
        return Limit(name="smt", state="unknown", finding=SILENT)
    if active == 0 and is_virtual(host):
        return Limit(name="smt", state="unknown", finding="none is shown to a virtual machine, whatever its host has")
    if active == 0:
        return Limit(name="smt", state="fine", finding="no hyper-threads are used")
    return Limit(
        name="smt",
        state="limits",
        finding="two hyper-threads share each core",
        meaning="what runs on the other one takes up to half of the speed, in CPU time too",
        remedy=f"echo off | sudo tee /{CPUS}/smt/control, or leave the machine alone while it measures",
    )


def is_virtual(host: Host) -> bool | None:
    """Return whether a hypervisor runs this system; None where it does not say (ARM has no such flag)."""
    flags = _field(host.text("proc/cpuinfo"), "flags")
    return None if flags is None else "hypervisor" in flags.split()


def cores(host: Host) -> int | None:
    """Return the number of processors this process may use; None where the system does not say."""
    return _count(_field(host.text("proc/self/status"), "Cpus_allowed_list") or host.text(f"{CPUS}/online"))


def _cores(host: Host) -> Limit:
    allowed = cores(host)
    if allowed is None:
        return Limit(name="cores", state="unknown", finding="the system does not say how many there are")
    online = _count(host.text(f"{CPUS}/online")) or allowed
    said = f"{allowed} of {online} may be used" if allowed < online else f"{allowed}"
    if allowed > 1:
        return Limit(name="cores", state="fine", finding=said)
    return Limit(
        name="cores",
        state="limits",
        finding=said,
        meaning="everything else on the machine runs between the measured program's instructions",
        remedy='let CPU time decide (decides = "cpu", the default), not wall time',
    )


def _clock(host: Host, step: float) -> Limit:
    source = host.text(f"{CPUS.removesuffix('cpu')}clocksource/clocksource0/current_clocksource")
    said = f"{source or 'of unknown source'}, steps of {1e9 * step:.3g} ns"
    if step <= COARSE_SECONDS and (source is None or source in STEADY):
        return Limit(name="clock", state="fine", finding=said)
    return Limit(
        name="clock",
        state="limits",
        finding=said,
        meaning="each look at the clock costs about a microsecond or more, which short batches contain",
        remedy="let a batch last 5 ms or more; boot with clocksource=tsc where the processor has a steady one",
    )


def _field(text: str | None, name: str) -> str | None:
    """Return the value of `Name: value` in a text of lines."""
    lines = (line.partition(":") for line in (text or "").splitlines())
    return next((value.strip() for key, colon, value in lines if colon and key.strip() == name), None)


def _count(listed: str | None) -> int | None:
    """Return how many numbers a list such as `0-3,8` names."""
    try:
        ranges = [[int(end) for end in part.split("-")] for part in (listed or "").split(",")]
    except ValueError:
        return None
    return sum(ends[-1] - ends[0] + 1 for ends in ranges)
