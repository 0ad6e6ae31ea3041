"""Connecting to a TCP port in a way that an interrupt ends at once, and saying in plain words why it did not work."""

import errno
import http.client
import select
import socket
import ssl
import threading
import time

NO_ANSWER = "no answer"
_STEP_SECONDS = 0.1


def connect(host: str, port: int, *, until: float, interrupted: threading.Event) -> socket.socket:
    """Connect to the first address of `host` that answers before `until` (monotonic seconds).

    Raises OSError where none does and TimeoutError where the time is over or the run interrupted.
    """
    last: OSError = OSError(errno.EHOSTUNREACH, "no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setblocking(False)
            _await_connection(connection, address, until, interrupted)
        except OSError as error:
            connection.close()
            last = error
        else:
            connection.setblocking(True)
            return connection
    raise last


def receive(connection: socket.socket, size: int, *, until: float, interrupted: threading.Event) -> bytes:
    """Receive what has come, at most `size` bytes, waiting until `until`; empty where the other side has closed.

    Raises TimeoutError where the time is over or the run interrupted.
    """
    _await(connection, select.POLLIN, until, interrupted)
    return connection.recv(size)


def _await_connection(connection: socket.socket, address: object, until: float, interrupted: threading.Event) -> None:
    code = connection.connect_ex(address)  # type: ignore[arg-type]
    if code == errno.EINPROGRESS:
        _await(connection, select.POLLOUT, until, interrupted)
        code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, errno.errorcode.get(code, str(code)))


def _await(connection: socket.socket, event: int, until: float, interrupted: threading.Event) -> None:
    poll = select.poll()
    poll.register(connection, event)
    while not interrupted.is_set() and (left := until - time.monotonic()) > 0:
        if poll.poll(1000 * min(left, _STEP_SECONDS)):
            return
    raise TimeoutError(errno.ETIMEDOUT, NO_ANSWER)


def plain_reason(error: Exception) -> str:
    """Say in plain words what an error of the network or of a protocol means."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS: {error.reason or error}"
        case socket.gaierror():
            return "its name cannot be resolved"
        case TimeoutError():
            return NO_ANSWER
        case http.client.RemoteDisconnected():
            return "the connection was closed without an answer"
        case http.client.HTTPException():
            return f"what answers is not HTTP ({type(error).__name__})"
        case OSError():
            return _WORDS.get(error.errno or 0, (error.strerror or str(error)).lower())
        case _:
            return str(error)


_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "the connection was reset",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ENETUNREACH: "the network is unreachable",
    errno.ETIMEDOUT: NO_ANSWER,
    errno.ENOENT: "no such program",
    errno.EACCES: "not allowed",
}
