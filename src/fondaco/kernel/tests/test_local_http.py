import socket

import httpx
import pytest

from fondaco.kernel.local_http import LocalServer, Reply, Request


class Echo(LocalServer):
    most_body = 1000
    expects = '{"say": text}'

    def respond(self, request: Request) -> Reply | None:
        if request.path == "/silence":
            return None
        if request.method == "GET":
            return Reply(200, {"query": dict(request.query)})
        return Reply(201, {"said": request.json()["say"]}, headers={"X-Seen": request.headers["x-mark"]})


@pytest.fixture
def client():
    with Echo() as server, httpx.Client(base_url=server.url, trust_env=False) as client:
        yield client


def test_what_is_asked_reaches_the_server_and_its_answer_comes_back(client):
    said = client.post("/", json={"say": "好"}, headers={"X-Mark": "7"})
    assert (said.status_code, said.json(), said.headers["x-seen"]) == (201, {"said": "好"}, "7")
    assert client.get("/", params={"after": "a b"}).json() == {"query": {"after": "a b"}}
    assert said.headers["x-simulator"] == "fondaco simulator"


@pytest.mark.parametrize("body", [b"{", b"[1]", b'{"other": 1}', b"\xff"])
def test_what_cannot_be_read_is_answered_by_what_is_expected(client, body):
    said = client.post("/", content=body, headers={"X-Mark": "7"})
    assert (said.status_code, said.json()) == (400, {"error": 'expected {"say": text}'})


def test_a_body_too_long_or_of_no_length_is_not_read(client):
    assert client.post("/", content=b"x" * 1001).status_code == 413
    with socket.create_connection(("127.0.0.1", client.base_url.port)) as raw:
        raw.sendall(b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n")
        assert b"411" in raw.recv(200)


def test_hanging_up_leaves_the_server_standing(client):
    with pytest.raises(httpx.RemoteProtocolError):
        client.get("/silence")
    assert client.get("/").status_code == 200
