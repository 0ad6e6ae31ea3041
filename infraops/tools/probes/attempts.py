"""One attempt of each kind of check: asked once, answered with nothing or with the reason why not."""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from infraops import processes
from infraops.models.files.template import CommandCheck, HttpCheck
from infraops.tools.connecting import connect, plain_reason

BODY_LIMIT = 1024 * 1024
_PORTS: dict[str, int] = {"http": 80, "https": 443}
CUT_SHORT = "no whole answer in time"


class GiveUp(Exception):
    """Trying again cannot help; the text says why."""


class Watch:
    """The open connections of the checks, so that a late answer or an interrupt ends the wait for it at once."""

    def __init__(self, interrupted: threading.Event) -> None:
        self.interrupted = interrupted
        self._lock = threading.Lock()
        self._open: dict[socket.socket, float] = {}

    @contextmanager
    def over(self, connection: socket.socket, until: float) -> Iterator[None]:
        """Watch over a connection: it is cut where `until` (monotonic seconds) passes or the run is interrupted."""
        handle = connection.dup()  # TLS takes the original over
        with self._lock:
            self._open[handle] = until
        try:
            yield
        finally:
            with self._lock:
                del self._open[handle]
            handle.close()

    def cut_overdue(self) -> None:
        """Cut what is overdue; everything where the run is interrupted."""
        now, all_of_them = time.monotonic(), self.interrupted.is_set()
        with self._lock:
            for handle, until in self._open.items():
                if all_of_them or now > until:
                    with suppress(OSError):
                        handle.shutdown(socket.SHUT_RDWR)


def ask_tcp(url: str, until: float, watch: Watch) -> str | None:
    """Return None where the endpoint accepts a connection."""
    parts = _parts(url)
    try:
        with connect(parts.hostname or "", _port(parts), until=until, interrupted=watch.interrupted):
            return None
    except OSError as error:
        return plain_reason(error)


def ask_http(item: HttpCheck, url: str, until: float, watch: Watch) -> str | None:
    """Return None where the endpoint answers with the status and holds the text; redirects are not followed."""
    parts = _parts(url)
    if parts.scheme not in _PORTS:
        raise GiveUp(f'an HTTP check needs an http or https endpoint, not "{url}"')
    try:
        with (
            connect(parts.hostname or "", _port(parts), until=until, interrupted=watch.interrupted) as raw,
            watch.over(raw, until),
        ):
            return _exchange(item, parts, raw, until)
    except (OSError, http.client.HTTPException) as error:
        if watch.interrupted.is_set():
            return "interrupted"
        if time.monotonic() >= until:
            return CUT_SHORT
        return plain_reason(error)


def _exchange(item: HttpCheck, parts: SplitResult, raw: socket.socket, until: float) -> str | None:
    raw.settimeout(max(0.05, until - time.monotonic()))
    host = parts.hostname or ""
    connection = http.client.HTTPConnection(host, _port(parts))
    if parts.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
    else:
        connection.sock = raw
    connection.putrequest("GET", parts.path.rstrip("/") + item.path, skip_host=True, skip_accept_encoding=True)
    connection.putheader("Host", parts.netloc.rpartition("@")[2])
    connection.putheader("User-Agent", "infraops")
    connection.putheader("Connection", "close")
    connection.endheaders()
    with connection.getresponse() as response:
        if response.status != item.status:
            to = response.headers.get("Location", "")[:200] if response.status in range(300, 400) else ""
            return f"HTTP {response.status}{f' to {to}' if to else ''}, expected {item.status}"
        if item.contains is not None and item.contains.encode() not in response.read(BODY_LIMIT):
            if time.monotonic() >= until:
                return CUT_SHORT
            more = ", as far as its first 1 MiB goes" if response.read(1) else ""
            return f'the answer does not contain "{item.contains}"{more}'
    return None


def ask_command(
    item: CommandCheck,
    url: str,
    *,
    seconds: float,
    children: processes.Children,
    environ: Mapping[str, str] | None,
    directory: Path | None,
) -> str | None:
    """Return None where the program exits 0 within the time there is."""
    argv = _filled(item, url)
    try:
        finished = processes.run(
            argv, cwd=directory, env=environ, timeout=seconds, children=children, interrupt_group=True
        )
    except TimeoutError:
        return f"{argv[0]} did not end in time"
    except OSError as error:
        raise GiveUp(f"{argv[0]} cannot be started: {plain_reason(error)}") from error
    if finished.exit_code == 0:
        return None
    said = [line.strip() for line in (finished.stderr or finished.stdout).splitlines() if line.strip()]
    return f"{argv[0]} ended with exit code {finished.exit_code}" + (f": {said[-1][:300]}" if said else "")


def _filled(item: CommandCheck, url: str) -> list[str]:
    if not url:
        return list(item.command)
    parts = _parts(url)
    values = {
        "{url}": url,
        "{address}": parts.hostname or "",
        "{port}": str(_port(parts)),
    }
    pattern = re.compile("|".join(re.escape(mark) for mark in values))
    return [pattern.sub(lambda match: values[match[0]], word) for word in item.command]


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise GiveUp(f'"{url}" is no endpoint: {error}') from error
    if not parts.hostname or (port is None and parts.scheme not in _PORTS):
        raise GiveUp(f'"{url}" is no endpoint; it should look like http://1.2.3.4:80 or tcp://1.2.3.4:5432')
    return parts


def _port(parts: SplitResult) -> int:
    return parts.port or _PORTS[parts.scheme]
