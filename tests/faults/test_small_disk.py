"""A real disk that is full, gets space again and turns read-only."""

import subprocess
from pathlib import Path

import pytest

from tests.faults.harness import run_all

WAYS = (["unshare", "--mount"], ["unshare", "--map-root-user", "--mount"])
"""Root may mount; whoever is not may in a user namespace, where the system allows those."""
KINDS = {"append_runs", "add_baseline", "log_event", "put_job"}


def namespace() -> list[str]:
    """Return how to run a program that may mount."""
    for way in WAYS:
        try:
            probe = subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        except FileNotFoundError:
            break
        if probe.returncode == 0:
            return way
    pytest.skip("needs util-linux's unshare and the right to mount: run as root, or allow user namespaces")


def test_a_full_disk_keeps_what_was_stored_and_goes_on_when_there_is_space(tmp_path: Path) -> None:
    (found,) = run_all(["small_disk", str(tmp_path)], under=namespace())
    assert found["full"].keys() == found["again"].keys() == found["read_only"].keys() == KINDS
    for text in found["full"].values():
        assert text.startswith("Unwritable: ")
        assert "No space left on device. What was stored before is intact. Free some space and repeat" in text
    assert found["left"] == []
    assert found["intact"]
    assert set(found["again"].values()) == {"accepted"}
    assert found["sound"]
    for text in found["read_only"].values():
        assert "Read-only file system. What was stored before is intact. Mount the folder writable" in text
    assert found["reading"] > 60
