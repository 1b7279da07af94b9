"""The embedded server after a crash."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from fondaco.kernel.postgres import Cluster


def _left_by(pid: int, folder: Path) -> Cluster:
    (folder / "postmaster.pid").write_text(f"{pid}\n{folder}\n")
    return Cluster(binaries=folder, data=folder, socket=folder, user=None)


def test_a_killed_server_that_nobody_reaped_is_forgotten_and_a_living_one_is_not(tmp_path: Path) -> None:
    killed = subprocess.Popen(["sleep", "60"])
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
    _left_by(killed.pid, tmp_path)._forget_the_dead()
    assert not (tmp_path / "postmaster.pid").exists()
    killed.wait()
    _left_by(os.getpid(), tmp_path)._forget_the_dead()
    assert (tmp_path / "postmaster.pid").exists()
