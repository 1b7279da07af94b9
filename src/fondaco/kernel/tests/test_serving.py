"""A port is taken by one server alone, and what is on this machine is asked without a proxy."""

import socket

import pytest

from fondaco.kernel.http_client import HttpClient
from fondaco.kernel.local_http import LocalServer, Reply, Request
from fondaco.kernel.serving import PortTaken, require_port


class Clock(LocalServer):
    def respond(self, request: Request) -> Reply | None:
        return Reply(200, {"path": request.path})


class Asking(HttpClient):
    def ask(self) -> object:
        return self._http.get("/time").json()


def test_a_port_that_another_serves_on_is_refused_even_where_that_one_would_share_it() -> None:
    with socket.socket() as other:
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):  # as granian's workers do
            other.setsockopt(socket.SOL_SOCKET, option, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            require_port(port, host="127.0.0.1")
        twin = Clock()
        twin.port = port
        with pytest.raises(PortTaken), twin:
            pass
        with socket.create_connection(("127.0.0.1", port)):
            assert other.accept()[1][0] == "127.0.0.1"
    assert (refused.value.field, refused.value.value) == ("port", f"127.0.0.1:{port}")
    require_port(port, host="127.0.0.1")  # free again at once, and asking does not take it
    require_port(port, host="127.0.0.1")


def test_an_address_that_is_not_ours_is_refused() -> None:
    with pytest.raises(PortTaken, match=r"203\.0\.113\.7:8000"):
        require_port(8000, host="203.0.113.7")


def test_a_service_on_this_machine_is_asked_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Clock() as server, Asking(server.url) as client:
        assert client.ask() == {"path": "/time"}
    with pytest.raises(RuntimeError, match="closed"):
        client.ask()
