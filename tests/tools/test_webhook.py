"""Posting a signed notice: what arrives, what counts as arrived, and how long it may take."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import OpenerDirector

import pytest

from infraops.tools.webhook import SIGNATURE, TRIES, deliver, signature

BODY = '{"outcome": "done", "who": "é"}'.encode()
Seen = list[tuple[str, str | None, bytes]]


@contextmanager
def listening(answer: Callable[[int], int], *, delay: float = 0) -> Iterator[tuple[str, Seen]]:
    """Serve on this machine; `answer` gets the number of the request and returns a status."""
    seen: Seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, self.headers[SIGNATURE], body))
            time.sleep(delay)
            self.send_response(answer(len(seen)))
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            seen.append((self.path, None, b""))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the library calls it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hook?a=b", seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_what_arrives_is_signed_as_the_documentation_says() -> None:
    with listening(lambda _: 204) as (url, seen):
        assert deliver(url, BODY, "s3cret", environ={"http_proxy": "http://127.0.0.1:9", "https_proxy": "x"}) is None
    ((path, header, body),) = seen
    assert (path, body) == ("/hook?a=b", BODY)
    page = (Path(__file__).parents[2] / "docs" / "runs.md").read_text()
    found = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert found
    shown: dict[str, Callable[[bytes, str | None, str], bool]] = {}
    exec(found[1], shown)
    assert shown["is_genuine"](body, header, "s3cret")
    assert not shown["is_genuine"](body, header, "other")
    assert not shown["is_genuine"](body + b" ", header, "s3cret")


def test_the_signature_is_that_of_rfc_4231() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert signature(b"what do ya want for nothing?", "Jefe") == f"sha256={expected}"


def test_one_more_try_is_made() -> None:
    with listening(lambda number: 500 if number == 1 else 200) as (url, seen):
        assert deliver(url, BODY, "s", environ={}) is None
    assert len(seen) == TRIES


@pytest.mark.parametrize("status", [302, 307, 404, 503])
def test_anything_but_a_success_is_a_failure_and_nothing_is_followed(status: int) -> None:
    with listening(lambda _: status) as (url, seen):
        assert deliver(url, BODY, "s", environ={}) == f"it answered with status {status}"
    assert [path for path, _, _ in seen] == ["/hook?a=b"] * TRIES


@pytest.mark.parametrize("error", [TimeoutError("timed out"), URLError(TimeoutError("timed out"))])
def test_a_wait_that_the_socket_ends_is_told_alike(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def too_late(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(OpenerDirector, "open", too_late)
    assert deliver("http://127.0.0.1:9/", BODY, "s", environ={}, timeout=60) == "no answer within 60 s"


def test_nobody_is_waited_for_longer_than_was_said() -> None:
    with listening(lambda _: 200, delay=1.5) as (url, _):
        assert deliver(url, BODY, "s", environ={}, timeout=0.2) == "no answer within 0.2 s"


def test_nobody_there_is_said() -> None:
    with listening(lambda _: 200) as (url, _):
        pass
    assert "refused" in (deliver(url, BODY, "s", environ={}) or "")
