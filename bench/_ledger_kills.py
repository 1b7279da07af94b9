"""kill -9 while the ledger works: the database's postmaster and workers of a cluster made for it, again and again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import psycopg

from bench._runner import ROOT, migrate_other
from fondaco.kernel.postgres import Cluster, cluster

SLOTS = 4


@dataclass(slots=True)
class Kills:
    """What was killed, what was lost or doubled by it, and the longest wait for the next acknowledgement."""

    database: int = 0
    workers: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    findings: list[str] = field(default_factory=list)
    slowest_s: float = 0.0


def kill_and_count(*, database: int, workers: int, seed: int = 5) -> Kills:
    """Kill so often, let the survivors finish, ask again for what was in flight, and count."""
    with _own_cluster() as (server, folder):
        team = _Team(server.url("fondaco"), folder)
        told, rnd = Kills(), Random(seed)
        deeds = ["database"] * database + ["worker"] * workers
        rnd.shuffle(deeds)
        for slot in range(SLOTS):
            team.start(slot)
        team.wait_for_more(seconds=60)
        for deed in deeds:
            time.sleep(rnd.uniform(0.2, 0.6))
            began = time.monotonic()
            if deed == "database":
                os.kill(int((server.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
                server.start()
                told.database += 1
            else:
                team.kill(slot := rnd.randrange(SLOTS))
                team.start(slot)
                told.workers += 1
            team.wait_for_more(seconds=60)
            told.slowest_s = max(told.slowest_s, time.monotonic() - began)
        team.end()
        _count(told, server.url("fondaco"), team)
        return told


class _Team:
    """One worker a slot; a slot's book of acknowledged numbers outlives its workers."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.running: dict[int, subprocess.Popen[str]] = {}

    def book(self, slot: int) -> Path:
        return self.folder / f"slot-{slot}"

    def start(self, slot: int) -> None:
        """A worker that gets ready in the background: the others go on meanwhile."""
        order = {"mode": "endless", "url": self.url, "slot": slot, "book": str(self.book(slot))}
        worker = subprocess.Popen(
            [sys.executable, "-m", "bench._ledger_work"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        assert worker.stdin
        worker.stdin.write(json.dumps(order) + "\ngo\n")
        worker.stdin.flush()
        self.running[slot] = worker

    def kill(self, slot: int) -> None:
        worker = self.running.pop(slot)
        worker.kill()
        worker.wait()
        if worker.stdin:
            worker.stdin.close()

    def end(self) -> None:
        for slot in list(self.running):
            self.kill(slot)

    def acknowledged(self, slot: int) -> int:
        """How many numbers of a slot were acknowledged (a torn last line was not)."""
        return self.book(slot).read_bytes().count(b"\n") if self.book(slot).exists() else 0

    def wait_for_more(self, *, seconds: float) -> None:
        """Until something more than now was acknowledged."""
        before, end = sum(map(self.acknowledged, range(SLOTS))), time.monotonic() + seconds
        while sum(map(self.acknowledged, range(SLOTS))) == before:
            if time.monotonic() > end:
                raise TimeoutError(f"nothing was posted for {seconds:.0f} s after a kill")
            time.sleep(0.02)


def _count(told: Kills, url: str, team: _Team) -> None:
    """Each acknowledged number must stand once; what was in flight, asked for again, must stand once too."""
    from bench._ledger_check import replay_and_verify

    told.acknowledged = sum(map(team.acknowledged, range(SLOTS)))
    with psycopg.connect(url) as connection:
        for slot in range(SLOTS):
            done = team.acknowledged(slot)
            rows = connection.execute(
                "SELECT count(*), count(DISTINCT idem) FROM finance_journal WHERE source = %s",
                [f"kill:{slot}"],
            ).fetchone()
            assert rows
            told.lost += max(0, done - rows[1])
            told.doubled += max(0, rows[0] - done - 1)
    numbers = {slot: team.acknowledged(slot) for slot in range(SLOTS)}
    answer = replay_and_verify(url, numbers)
    told.lost += answer["lost"]
    told.doubled += answer["doubled"]
    told.findings = answer["findings"]


@contextmanager
def _own_cluster() -> Iterator[tuple[Cluster, Path]]:
    """A PostgreSQL of its own, migrated, under a folder that is removed again."""
    home = Path(tempfile.mkdtemp(prefix="fondaco-bench-"))
    home.chmod(0o755)
    server = cluster(home)
    try:
        server.start()
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE fondaco")
        migrate_other(server.url("fondaco"))
        books = home / "books"
        books.mkdir()
        yield server, books
    finally:
        server.stop(mode="immediate")
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(server.socket, ignore_errors=True)
