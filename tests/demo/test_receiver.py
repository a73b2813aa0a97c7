"""What the demo publishes ends on this machine."""

from __future__ import annotations

import socket

import pytest
import requests

from exporter.demo.receiver import Receiver


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def test_it_takes_a_document_of_any_size(receiver: Receiver) -> None:
    assert receiver.url.startswith("http://127.0.0.1:")
    assert [204, 204] == [
        requests.post(receiver.url, data=b"x" * size, timeout=5).status_code for size in (0, 3_000_000)
    ]


def test_nonsense_does_not_end_it(receiver: Receiver) -> None:
    port = int(receiver.url.split(":")[2].split("/")[0])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n")
    assert 204 == requests.post(receiver.url, data=b"x", timeout=5).status_code
    receiver.close()
