"""A declarant beside the house: lodges batches of lists over HTTP, from a process of its own."""

from __future__ import annotations

import http.client
import json
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_MARK = "L@@@@@@@@@"


def main(port: int, key: str, seconds: float, clients: int, size: int) -> None:
    """Send batches of `size` from `clients` connections for `seconds`, then print what was said of them."""
    from fondaco.platforms.window.tests.intake_samples import one_list

    pattern = json.dumps(one_list(_MARK))
    lock, done = threading.Lock(), []
    count = iter(range(10**9))
    until = time.monotonic() + seconds

    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while time.monotonic() < until:
            with lock:
                number = next(count)
            body = _batch(pattern, number * size, size)
            began = time.monotonic()
            said = _post(connection, body, key)
            ended = time.monotonic()
            states = [one.get("state", "refused") for one in said["lists"]]
            with lock:
                done.append((began, ended - began, said["taken"], states.count("released")))

    with ThreadPoolExecutor(clients) as pool:
        for running in [pool.submit(run) for _ in range(clients)]:
            running.result()
    print(json.dumps(sorted(done)))


def _batch(pattern: str, first: int, size: int) -> bytes:
    lists = (pattern.replace(_MARK, f"L{number:09}") for number in range(first, first + size))
    return f'{{"lists":[{",".join(lists)}]}}'.encode()


def _post(connection: http.client.HTTPConnection, body: bytes, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/declarations/batches", body, headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 202:
        raise RuntimeError(f"HTTP {answer.status}: {text[:300]!r}")
    said: dict[str, Any] = json.loads(text)
    return said


def arguments(port: int, key: str, seconds: float, clients: int, size: int) -> Sequence[str]:
    """The command line of a declarant's process."""
    return [sys.executable, "-m", "bench._lodging", str(port), key, str(seconds), str(clients), str(size)]


if __name__ == "__main__":
    _, port_, key_, seconds_, clients_, size_ = sys.argv
    main(int(port_), key_, float(seconds_), int(clients_), int(size_))
