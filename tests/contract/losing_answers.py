"""A line to Redis that breaks when a certain answer comes back."""

import socket
import threading
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from sandbox.servers.redis import Redis

CHUNK = 65536
# nobody here waits for longer than this, whatever went wrong
PATIENCE = 20.0


class LosingAnswers:
    """Passes connections on; what has `after` in it Redis carries out, and its answer is lost."""

    def __init__(self, server: Redis, *, after: bytes) -> None:
        """Nobody is served yet."""
        self._server, self._after = server, after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._lost = threading.Event()
        #: how much was sent, on any connection, after an answer was lost
        self.asked_afterwards = 0

    @property
    def url(self) -> str:
        """The server's own, with this line's port."""
        parts = urlsplit(self._server.url)
        port = self._listener.getsockname()[1]
        netloc = parts.netloc.replace(f":{self._server.port}", f":{port}")
        return urlunsplit(parts._replace(netloc=netloc))

    def __enter__(self) -> Self:
        self._run(self._accept)
        return self

    def __exit__(self, *_failure: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                asking, _ = self._listener.accept()
            except OSError:
                return
            asking.settimeout(PATIENCE)
            self._run(self._pass_on, asking)

    def _pass_on(self, asking: socket.socket) -> None:
        losing = threading.Event()
        with asking, socket.create_connection((self._server.host, self._server.port)) as answering:
            back = threading.Thread(target=self._pass_back, args=(answering, asking, losing))
            back.start()
            while not losing.is_set() and (asked := asking.recv(CHUNK)):
                self.asked_afterwards += self._lost.is_set()
                if self._after in asked:
                    losing.set()
                    self._lost.set()
                answering.sendall(asked)
            # Redis carries out what it has before it takes notice of the end
            answering.shutdown(socket.SHUT_WR)
            back.join()

    @staticmethod
    def _pass_back(
        answering: socket.socket, asking: socket.socket, losing: threading.Event
    ) -> None:
        while answer := answering.recv(CHUNK):
            if not losing.is_set():
                asking.sendall(answer)
