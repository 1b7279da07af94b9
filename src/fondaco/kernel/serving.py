"""What a process needs that serves others: a port of its own, and an end when whoever started it has ended."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time

from fondaco.kernel.errors import Unavailable


class PortTaken(Unavailable):
    code = "port-taken"
    title = "This port cannot be listened on."
    remedy = "End what serves there, or choose another port (or host)."


def require_port(port: int, *, host: str) -> None:
    """Nothing where a server may listen at `host` and `port`; PortTaken where another does, or it is not ours.

    Servers whose workers share a port (SO_REUSEPORT) would share it with a stranger's too, without a word:
    half the requests would reach each. This asks without that option, so that the kernel refuses.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as exc:
        raise PortTaken(exc.strerror or "", field="port", value=f"{host}:{port}") from exc


def end_beside(parent: int | None) -> None:
    """End this process by SIGTERM once `parent`, which started it, has ended; None: it stands alone."""
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
