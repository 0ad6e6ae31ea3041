"""The reference application, served as PEP 3333 says, on a stand-in for the database driver."""

import importlib.util
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

SOURCE = Path(__file__).parents[2] / "playbooks" / "files" / "storefront" / "wsgi.py"

# A driver that answers from a list, or refuses as psycopg2 does. It notes what it was asked.
DRIVER = """
class Error(Exception): pass
class OperationalError(Error): pass
rows, failure, asked, closed = [], None, [], 0

def connect(dsn, **options):
    asked.append((dsn, options))
    if failure: raise OperationalError(failure)
    return Connection()

class Connection:
    def cursor(self): return Cursor()
    def close(self):
        global closed
        closed += 1

class Cursor:
    def __enter__(self): return self
    def __exit__(self, *error): pass
    def execute(self, statement):
        asked.append(statement)
        if "broken" in [row[0] for row in rows]: raise Error("relation does not exist")
    def fetchall(self): return rows
"""

Ask = Callable[..., tuple[str, dict[str, str], str, str]]


@pytest.fixture
def driver() -> Any:
    module = ModuleType("psycopg2")
    exec(DRIVER, module.__dict__)
    return module


@pytest.fixture
def ask(driver: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Send a request; answers status, headers, body and what was written to the error log."""
    monkeypatch.setitem(sys.modules, "psycopg2", driver)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # what lies beside the application is copied to hosts
    spec = importlib.util.spec_from_file_location("storefront", SOURCE)
    assert spec is not None and spec.loader is not None
    storefront = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(storefront)

    def send(path: str, method: str = "GET") -> tuple[str, dict[str, str], str, str]:
        errors = io.StringIO()
        environ: dict[str, Any] = {"REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": ""}
        environ["wsgi.errors"] = errors
        setup_testing_defaults(environ)
        started: list[tuple[str, dict[str, str]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            started.append((status, dict(headers)))
            return lambda text: None

        chunks = validator(storefront.application)(environ, start_response)
        try:
            body = b"".join(chunks).decode()
        finally:
            chunks.close()  # type: ignore[attr-defined]
        (status, headers), *_ = started
        return status, headers, body, errors.getvalue()

    yield send


def test_the_page_shows_the_products_and_the_host(ask: Ask, driver: Any) -> None:
    driver.rows = [("Rope", "149.00"), ("Tent <b>", "99.00")]
    status, headers, body, _ = ask("/")
    assert status == "200 OK"
    assert headers["Content-Type"].startswith("text/html")
    assert "<td>Rope</td><td>149.00</td>" in body
    assert "Tent &lt;b&gt;" in body and "<b>" not in body
    assert "Served by " in body
    assert driver.asked[0] == ("", {"connect_timeout": 3})
    assert driver.closed == 1


def test_the_json_holds_the_same(ask: Ask, driver: Any) -> None:
    driver.rows = [("Rope", "149.00")]
    status, headers, body, _ = ask("/products.json")
    assert (status, headers["Content-Type"]) == ("200 OK", "application/json")
    assert json.loads(body)["products"] == [{"name": "Rope", "price": "149.00"}]


def test_a_new_row_appears_at_once(ask: Ask, driver: Any) -> None:
    assert "Rope" not in ask("/")[2]
    driver.rows = [("Rope", "149.00")]
    assert "Rope" in ask("/")[2]


@pytest.mark.parametrize("path", ["/", "/products.json"])
def test_a_database_that_is_away_is_a_503_and_its_words_stay_in_the_log(ask: Ask, driver: Any, path: str) -> None:
    driver.failure = "connection to 10.0.0.1 refused, user shop"
    status, _, body, log = ask(path)
    assert status == "503 Service Unavailable"
    assert body == "The shop's database does not answer.\n"
    assert "10.0.0.1" in log


def test_a_failing_query_is_a_503_too_and_the_connection_is_closed(ask: Ask, driver: Any) -> None:
    driver.rows = [("broken", "0")]
    assert ask("/")[0] == "503 Service Unavailable"
    assert driver.closed == 1


def test_health_does_not_ask_the_database(ask: Ask, driver: Any) -> None:
    driver.failure = "down"
    assert ask("/healthz")[0] == "200 OK"
    assert driver.asked == []


def test_head_answers_without_a_body(ask: Ask) -> None:
    status, headers, body, _ = ask("/healthz", "HEAD")
    assert (status, body, headers["Content-Length"]) == ("200 OK", "", "3")


def test_other_paths_and_methods_are_refused(ask: Ask) -> None:
    assert ask("/nowhere")[0] == "404 Not Found"
    status, headers, _, _ = ask("/", "POST")
    assert (status, headers["Allow"]) == ("405 Method Not Allowed", "GET, HEAD")
