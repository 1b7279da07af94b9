"""The peers' own environment: they are measured beside us and never imported by us.

`.venv-peers` is made from the hashed `bench/peers.lock` on first use (about a minute). A peer's script lies in
`bench/peers/NAME.py`, reads one JSON document from standard input and prints one as its last line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from bench._runner import ROOT

HOME = ROOT / ".venv-peers"
LOCK = ROOT / "bench" / "peers.lock"


def run_peer(name: str, payload: Any, *, seconds: float = 600) -> Any:
    """What `bench/peers/{name}.py` answers to `payload`; its standard error is shown, a failure raises."""
    _ensure()
    run = subprocess.run(
        [HOME / "bin" / "python", ROOT / "bench" / "peers" / f"{name}.py"],
        input=json.dumps(payload),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=seconds,
        cwd=ROOT,
    )
    return json.loads(run.stdout.strip().splitlines()[-1])


def _ensure() -> None:
    wanted = sha256(LOCK.read_bytes()).hexdigest()
    stamp = HOME / "fondaco.stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the peers into .venv-peers (about a minute the first time).", file=sys.stderr)
    uv = ROOT / ".venv" / "bin" / "uv"
    subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, HOME], check=True)
    target = {**os.environ, "VIRTUAL_ENV": str(HOME)}
    sync: list[str | Path] = [uv, "pip", "sync", "-q", "--system-certs", "--require-hashes", LOCK]
    subprocess.run(sync, check=True, env=target)
    stamp.write_text(wanted)
