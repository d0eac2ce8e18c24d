"""A server whose answers never end, in HubSpot's place."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

#: Answers that begin and never end: within the head, within a good body, within the body of an error.
DRIPS = {
    "head": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n",
    "error": b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 90000\r\n\r\n",
}


@contextmanager
def answering_with(start: bytes | None) -> Iterator[str]:
    """Serve connections on which an answer begins with `start` and drips on for ever; with None nothing is said."""
    open_connections: list[socket.socket] = []

    def drip(connection: socket.socket) -> None:
        try:
            connection.recv(65_536)
            if start is not None:
                connection.sendall(start)
                while True:
                    connection.sendall(b"x")
                    time.sleep(0.05)
        except OSError:
            pass

    def accept(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            open_connections.append(connection)
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in open_connections:
        connection.close()
