"""What else shares the machine while something is measured: load, hosts, memory; and what the kernel allows."""

from collections.abc import Iterator

from dart_perf.measure import quota
from dart_perf.measure.host import Host
from dart_perf.measure.processor import cores, is_virtual
from dart_perf.model.setup import Limit

IDLE = 0.5
"""Load average that leaves a machine of one core mostly to the measured program; of more cores, one must be free."""
STOLEN = 0.005
"""Share of its time that a virtual machine did not get, from which it shows in wall times of a percent."""
COUNTERS = ("cpu", "cpu_core", "armv8*")
"""What the kernel calls the counters of a processor: of one kind of cores, of Intel's larger ones, of ARM."""
COUNTING = 2
"""Highest perf_event_paranoid at which a user may count events of programs of his own."""
MARKS = (("docker", ".dockerenv"), ("podman", "run/.containerenv"))
"""Files that container engines leave."""


def limits(host: Host) -> Iterator[Limit]:
    """Yield what limits measuring in these surroundings."""
    yield _load(host)
    yield _machine(host)
    yield from _container(host)
    yield quota.limit(host)
    yield _swap(host)
    yield _layout(host)
    yield _perf(host)


def _load(host: Host) -> Limit:
    try:
        load = float((host.text("proc/loadavg") or "").split()[0])
    except (ValueError, IndexError):
        return Limit(name="load", state="unknown", finding="the system does not say")
    count = cores(host) or 1
    said = f"{load:.2f} on {count} core{'s' * (count != 1)}, average of the last minute"
    if load <= max(count - 1, IDLE):
        return Limit(name="load", state="fine", finding=said)
    return Limit(
        name="load",
        state="limits",
        finding=said,
        meaning="other work shares caches and cores: more runs are needed, and small changes stay INCONCLUSIVE",
        remedy="end what else runs (top shows it), or measure later",
    )


def _machine(host: Host) -> Limit:
    product = host.text("sys/class/dmi/id/product_name")
    virtual = is_virtual(host)
    if not virtual:
        said = product or ("no hypervisor" if virtual is not None else "the system does not say whether it is virtual")
        return Limit(name="machine", state="fine" if virtual is not None else "unknown", finding=said)
    stolen = _stolen(host)
    share = f", {100 * stolen:.2g} % of its time since the start went to others" if stolen is not None else ""
    finding = f"virtual{f' ({product})' if product else ''}{share}"
    if stolen is not None and stolen < STOLEN:
        return Limit(name="machine", state="fine", finding=finding)
    return Limit(
        name="machine",
        state="limits",
        finding=finding,
        meaning="neighbours on the host disturb, and nothing here shows them; CPU time in pairs suffers least",
        remedy="compare side by side, never with stored values; a machine of its own for changes below 5 %",
    )


def _stolen(host: Host) -> float | None:
    """Return the share of the time that the hypervisor gave to others, of what was not idle."""
    first = (host.text("proc/stat") or "").splitlines()[:1]
    try:
        user, nice, system, _idle, _wait, interrupt, soft, stolen = (int(word) for word in first[0].split()[1:9])
    except (ValueError, IndexError):
        return None
    return stolen / max(1, user + nice + system + interrupt + soft + stolen)


def _container(host: Host) -> Iterator[Limit]:
    groups = host.text("proc/1/cgroup") or ""
    names = [name for name, mark in MARKS if host.exists(mark)]
    names += [name for name in ("docker", "kubepods", "lxc", "containerd") if name in groups]
    if names:
        yield Limit(
            name="container", state="fine", finding=names[0],
            meaning="load, cores and memory above are those of the whole machine, its limits are told as quota",
        )  # fmt: skip


def _swap(host: Host) -> Limit:
    rows = [line.split() for line in (host.text("proc/swaps") or "").splitlines()[1:]]
    try:
        used = sum(int(row[3]) for row in rows)  # kB
    except (ValueError, IndexError):
        return Limit(name="swap", state="unknown", finding="the system does not say")
    if not used:
        return Limit(name="swap", state="fine", finding="none is used" if rows else "there is none")
    return Limit(
        name="swap",
        state="limits",
        finding=f"{used / 1024:.0f} MiB are used",
        meaning="a page of the measured program that was swapped out costs milliseconds",
        remedy="free memory, then sudo swapoff -a",
    )


def _layout(host: Host) -> Limit:
    level = host.number("proc/sys/kernel/randomize_va_space")
    if level is None:
        return Limit(name="aslr", state="unknown", finding="the system does not say")
    if level > 0:
        return Limit(
            name="aslr", state="fine", finding="on",
            meaning="each process has another memory layout: noise that several processes average",
        )  # fmt: skip
    return Limit(
        name="aslr",
        state="limits",
        finding="off",
        meaning="every process has the same memory layout, whose luck is measured as if it were the program",
        remedy="echo 2 | sudo tee /proc/sys/kernel/randomize_va_space",
    )


def _perf(host: Host) -> Limit:
    level = host.number("proc/sys/kernel/perf_event_paranoid")
    if level is None:
        return Limit(name="perf", state="unknown", finding="the kernel has no perf events")
    given = any(host.exists(f"sys/bus/event_source/devices/{name}") for name in COUNTERS)
    if level <= COUNTING and given:
        return Limit(name="perf", state="fine", finding=f"perf_event_paranoid {level}")
    return Limit(
        name="perf",
        state="limits",
        finding=f"perf_event_paranoid {level}{'' if given else ', and the counters of the processor are not given'}",
        meaning="perf cannot count cycles and cache misses; timings and valgrind's counts do not need it",
        remedy="" if not given else f"sudo sysctl kernel.perf_event_paranoid={COUNTING}",
    )
