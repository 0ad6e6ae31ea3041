import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infraops.errors import Interrupted
from infraops.models.files.template import Check, CommandCheck, HttpCheck, TcpCheck
from infraops.models.runs.results import CheckResult
from infraops.processes import Children
from infraops.tools.probes.checks import ProbeEvent, check
from tests.ports import nobody_listening, port_of

PATIENT = "60s"  # where the answer comes at once, also on a busy machine
BRIEF = "3s"  # where it never comes


class Answers(BaseHTTPRequestHandler):
    asked: list[tuple[str, str, str | None]] = []

    def do_GET(self) -> None:
        self.asked.append((self.path, self.headers["Host"], self.headers.get("User-Agent")))
        body = {"/big": b"x" * 1024 * 1024 + b"end", "/drip": b""}.get(self.path, b"hello")
        self.send_response({"/moved": 302, "/broken": 502}.get(self.path, 200))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        try:
            self.wfile.write(body)
            while self.path == "/drip":
                self.wfile.write(b".")
                time.sleep(0.05)
        except OSError:
            pass

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def url() -> Iterator[str]:
    Answers.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def closed_port() -> Iterator[int]:
    with nobody_listening() as held:
        yield port_of(held)


def run(checks: Sequence[Check], *, on_event: Callable[[ProbeEvent], None] | None = None, **urls: str) -> list[str]:
    results = check(checks, urls, children=Children(), on_event=on_event)
    return ["passed" if result.passed else result.reason for result in results]


def http(path: str = "/", *, contains: str | None = None, deadline: str = PATIENT, status: int = 200) -> HttpCheck:
    return HttpCheck(
        type="http", name="http", endpoint="web", path=path, contains=contains, deadline=deadline, status=status
    )


def tcp(deadline: str = PATIENT) -> TcpCheck:
    return TcpCheck(type="tcp", name="tcp", endpoint="web", deadline=deadline)


def command(*argv: str, endpoint: str | None = "web", deadline: str = PATIENT) -> CommandCheck:
    return CommandCheck(type="command", name="command", endpoint=endpoint, command=argv, deadline=deadline)


def test_every_kind_passes(url: str) -> None:
    checks: list[Check] = [
        http(contains="ell"),
        http("/broken", status=502),
        http("/moved", status=302),
        tcp(),
        command("true"),
    ]

    assert run(checks, web=url) == ["passed"] * 5


def test_reasons_in_plain_words(url: str, tmp_path: Path) -> None:
    checks: list[Check] = [
        http("/broken", deadline=BRIEF),
        http("/moved", deadline=BRIEF),
        http(contains="bye", deadline=BRIEF),
        http("/big", contains="end", deadline=BRIEF),
        http("/drip", contains="bye", deadline=BRIEF),
        command("sh", "-c", "echo out; echo first >&2; echo last >&2; exit 3", deadline=BRIEF),
        command("sleep", "900", deadline=BRIEF),
        command("no-such-program", deadline=BRIEF),
    ]

    assert run(checks, web=url) == [
        "HTTP 502, expected 200",
        "HTTP 302 to /elsewhere, expected 200",
        'the answer does not contain "bye"',
        'the answer does not contain "end", as far as its first 1 MiB goes',
        "no whole answer in time",
        "sh ended with exit code 3: last",
        "sleep did not end in time",
        "no-such-program cannot be started: no such program",
    ]


def test_nobody_at_home(closed_port: int) -> None:
    checks: list[Check] = [http(deadline=BRIEF), tcp(BRIEF)]

    assert run(checks, web=f"http://127.0.0.1:{closed_port}") == ["connection refused"] * 2


def test_what_answers_is_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                connection.recv(1000)

        thread = threading.Thread(target=serve)
        thread.start()
        (reason,) = run([http(deadline=BRIEF)], web=f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()

    assert reason == "what answers is not HTTP (BadStatusLine)"


def test_missing_and_malformed_endpoints_fail_at_once() -> None:
    begun = time.monotonic()

    assert run([tcp("60s")], other="tcp://127.0.0.1:1") == ['the outputs have no endpoint "web" (they have: other)']
    assert run([tcp("60s")], web="127.0.0.1:80")[0].startswith('"127.0.0.1:80" is no endpoint')
    assert run([tcp("60s")], web="tcp://127.0.0.1")[0].startswith('"tcp://127.0.0.1" is no endpoint')
    assert run([http(deadline="60s")], web="tcp://127.0.0.1:80")[0].startswith("an HTTP check needs")
    assert time.monotonic() - begun < 30, "trying again cannot help"


def test_tries_again_until_it_passes_and_tells_why_not_yet() -> None:
    events: list[ProbeEvent] = []
    with nobody_listening() as held:
        threading.Timer(0.5, held.listen).start()
        (result,) = check(
            [tcp()], {"web": f"tcp://127.0.0.1:{port_of(held)}"}, children=Children(), on_event=events.append
        )

    assert result.passed
    assert result.attempts > 1
    assert result.seconds > 0.05, "the first pause has passed"
    assert [event.text for event in events] == ["not yet: connection refused", "passed"]


def test_checks_go_side_by_side_and_results_keep_their_order(url: str, tmp_path: Path) -> None:
    all_there = "touch $0; while [ $(ls | wc -l) -lt 4 ]; do sleep 0.02; done"
    commands = [command("sh", "-c", all_there, name) for name in "abcd"]

    results = check(
        [*commands, tcp()], {"web": url}, children=Children(), environ={"PATH": os.environ["PATH"]}, directory=tmp_path
    )

    assert [result.name for result in results] == ["command"] * 4 + ["tcp"]
    assert all(result.passed for result in results), "one by one, each would wait for the others in vain"


def test_a_request_names_its_host_and_takes_the_endpoints_own_path(url: str) -> None:
    results = check([http("/health")], {"web": f"{url}/app/"}, children=Children())

    assert results == (CheckResult("http", f"{url}/app/health", True, results[0].seconds, 1),)
    assert Answers.asked == [("/app/health", url.removeprefix("http://"), "infraops")]


def test_no_proxy_comes_between(url: str, monkeypatch: pytest.MonkeyPatch, closed_port: int) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")

    assert run([http()], web=url) == ["passed"]


def test_a_command_gets_the_endpoint_its_directory_and_its_environment(tmp_path: Path) -> None:
    script = 'test "$1 $2 $3 $COLOR $PWD" = "tcp://[::1]:5432 ::1 5432 red ' + str(tmp_path) + '" && touch done'
    (result,) = check(
        [command("sh", "-c", script, "sh", "{url}", "{address}", "{port}")],
        {"web": "tcp://[::1]:5432"},
        children=Children(),
        environ={"COLOR": "red"},
        directory=tmp_path,
    )

    assert result.passed, result.reason
    assert (tmp_path / "done").exists()


def test_an_interrupt_ends_every_check_at_once(url: str) -> None:
    children = Children()
    threading.Timer(0.3, children.interrupt).start()
    begun = time.monotonic()

    with pytest.raises(Interrupted):
        check(
            [
                http("/drip", contains="bye", deadline="60s"),
                command("sh", "-c", "sleep 60; true", deadline="60s"),
                http("/broken", deadline="60s"),
            ],
            {"web": url},
            children=children,
        )

    assert time.monotonic() - begun < 30, "none of them went on to its deadline"


def test_no_checks_are_no_work() -> None:
    assert check([], {}, children=Children()) == ()
