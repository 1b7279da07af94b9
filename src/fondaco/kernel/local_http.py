"""A small HTTP server on the loopback: what the house's simulators, and the receivers of its tests, stand on.

Subclass `LocalServer`, say in `respond` what to answer, and use it as a context manager. Connections are kept
alive, an answer leaves in one piece, and a request that cannot be read never reaches `respond`.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self, cast
from urllib.parse import parse_qsl, urlsplit

from fondaco.kernel.serving import PortTaken

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked: path without query, the query's last value of each name, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; ValueError for anything else."""
        value = json.loads(self.body)
        if not isinstance(value, dict):
            raise ValueError("this is not a JSON object")  # noqa: TRY004 - one error for all that is unreadable
        return value


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a mapping goes out as JSON, bytes as they are."""

    status: int
    body: Mapping[str, Any] | bytes = b""
    content_type: str = _JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> bytes:
        """The bytes to send."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


class LocalServer(ABC):
    """A context manager that serves on 127.0.0.1 while it is open, at `port` or, with 0, at a free one."""

    title: ClassVar[str] = "fondaco simulator"
    most_body: ClassVar[int] = 64 * 1024 * 1024
    expects: ClassVar[str] = "a JSON object"
    port: int = 0

    @abstractmethod
    def respond(self, request: Request) -> Reply | None:
        """The answer; None hangs up without one. A ValueError, KeyError or TypeError is answered by 400."""

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        """Start to serve. PortTaken where `port` is not free."""
        try:
            self._server = _Server(("127.0.0.1", self.port), _Handler)
        except OSError as exc:
            raise PortTaken(exc.strerror or "", field="port", value=self.port) from exc
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    owner: LocalServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FondacoLocal/1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > self._owner.most_body:
            self.close_connection = True
            self._send(
                Reply(413 if length.isdigit() else 411, {"error": f"at most {self._owner.most_body} bytes"})
            )
            return
        self._serve(self.rfile.read(int(length)))

    @property
    def _owner(self) -> LocalServer:
        return cast("_Server", self.server).owner

    def _serve(self, body: bytes) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, url.path, dict(parse_qsl(url.query)), headers, body)
        try:
            reply = self._owner.respond(request)
        except (ValueError, KeyError, TypeError):
            reply = Reply(400, {"error": f"expected {self._owner.expects}"})
        if reply is None:
            self.close_connection = True
        else:
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        content = reply.content
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Simulator", self._owner.title)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Stay silent: whoever serves keeps what it needs to know."""
