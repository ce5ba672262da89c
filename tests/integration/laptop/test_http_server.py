"""The laptop's doors: a browser that goes away in the middle leaves nothing on the terminal."""

import socket
import struct

import pytest

from infra.local.runtime.http_server import HttpServer, Request, Response
from tests.support.engine_stage import eventually


def reset(url: str, said: bytes) -> None:
    """Say this and reset the connection, as a browser that is closed does."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(said)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1"], ids=["idle", "half a request"])
def test_a_connection_that_is_reset_leaves_no_traceback(capfd: pytest.CaptureFixture[str], said: bytes) -> None:
    answered: list[str] = []

    def answer(request: Request) -> Response:
        answered.append(request.target)
        return Response(200, b"{}")

    server = HttpServer(answer, most_body=1_000)
    server.start()
    for _ in range(5):
        reset(server.url, said)
    reset(server.url, f"GET /last HTTP/1.1\r\nHost: {server.url[7:]}\r\n\r\n".encode())
    eventually(lambda: "/last" in answered)
    server.stop()
    assert "Traceback" not in capfd.readouterr().err
