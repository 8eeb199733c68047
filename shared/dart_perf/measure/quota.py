"""The share of the processor that a container or a service may use: quotas of control groups, both versions.

https://docs.kernel.org/admin-guide/cgroup-v2.html (cpu.max) and
https://docs.kernel.org/scheduler/sched-bwc.html (cgroup 1).
"""

from collections.abc import Iterator

from dart_perf.measure.host import Host
from dart_perf.model.setup import Limit


def limit(host: Host) -> Limit:
    """Return whether a quota stops what is measured."""
    found = [quota for quota in (*_quotas(host), *_old_quotas(host)) if quota is not None]
    if not found:
        return Limit(name="quota", state="fine", finding="no CPU quota")
    return Limit(
        name="quota",
        state="limits",
        finding=f"{min(found):g} cores",
        meaning="a program that uses more within a period, 100 ms as a rule, is stopped for the rest of it",
        remedy="raise the CPU limit of the container (docker --cpus, resources.limits.cpu), or measure one thread",
    )


def _quotas(host: Host) -> Iterator[float | None]:
    """Yield the quotas in cores of cgroup 2, from this process's own group up to the root."""
    for folder in _folders(_group(host, "0::"), "sys/fs/cgroup"):
        words = (host.text(f"{folder}/cpu.max") or "").split()
        yield _ratio(*words) if len(words) == 2 else None  # noqa: PLR2004 -- quota and period


def _old_quotas(host: Host) -> Iterator[float | None]:
    """Yield those of cgroup 1, where a quota of -1 is none."""
    for controller in ("cpu", "cpu,cpuacct"):
        for folder in _folders(_group(host, f":{controller}:"), f"sys/fs/cgroup/{controller}"):
            words = (host.text(f"{folder}/cpu.cfs_{name}_us") or "" for name in ("quota", "period"))
            yield _ratio(*words)


def _group(host: Host, mark: str) -> str:
    lines = (host.text("proc/self/cgroup") or "").splitlines()
    return next((line.partition(mark)[2] for line in lines if mark in line), "/")


def _folders(group: str, top: str) -> Iterator[str]:
    parts = [part for part in group.split("/") if part not in {"", "..", "."}]
    for count in range(len(parts), -1, -1):
        yield "/".join((top, *parts[:count]))


def _ratio(quota: str, period: str) -> float | None:
    try:
        return int(quota) / int(period) if int(quota) > 0 else None
    except (ValueError, ZeroDivisionError):  # "max", or nothing
        return None
