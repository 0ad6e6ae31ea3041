"""The shop's web front end: a WSGI application that shows what the database holds at this moment."""

import json
import socket
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import IO, Any, NamedTuple

import psycopg2

Headers = list[tuple[str, str]]
Response = tuple[str, str, str]  # status, content type, text

PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Storefront</title></head>
<body>
<h1>Storefront</h1>
<table>
<thead><tr><th>Product</th><th>Price</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p>Served by {host}.</p>
</body>
</html>
"""


class Product(NamedTuple):
    """Something to buy."""

    name: str
    price: str  # in the shop's currency, as PostgreSQL writes a numeric


def read_products() -> list[Product]:
    """Read the products by name.

    libpq takes server, database, user and password from the environment (PGHOST and so on). A connection lives for
    one request: there is none to go stale when the database restarts.
    """
    connection = psycopg2.connect("", connect_timeout=3)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, price::text FROM products ORDER BY name")
            return [Product(*row) for row in cursor.fetchall()]
    finally:
        connection.close()


def show_page() -> Response:
    """Answer with the products as a page."""
    rows = (f"<tr><td>{escape(name)}</td><td>{escape(price)}</td></tr>" for name, price in read_products())
    return "200 OK", "text/html; charset=utf-8", PAGE.format(rows="\n".join(rows), host=escape(socket.gethostname()))


def show_json() -> Response:
    """Answer with the products as JSON."""
    products = [product._asdict() for product in read_products()]
    text = json.dumps({"host": socket.gethostname(), "products": products}, ensure_ascii=False)
    return "200 OK", "application/json", text + "\n"


def show_health() -> Response:
    """Answer that this process is up, whatever the database does: without it every host would count as ill at once."""
    return "200 OK", "text/plain; charset=utf-8", "ok\n"


ROUTES: Mapping[str, Callable[[], Response]] = {"/": show_page, "/products.json": show_json, "/healthz": show_health}


def respond(method: str, path: str, errors: IO[str]) -> Response:
    """Choose and give the answer to a request; what the visitor need not know goes to `errors`."""
    if path not in ROUTES:
        return "404 Not Found", "text/plain; charset=utf-8", "There is no such page.\n"
    if method not in ("GET", "HEAD"):
        return "405 Method Not Allowed", "text/plain; charset=utf-8", "This page can only be read.\n"
    try:
        return ROUTES[path]()
    except psycopg2.Error as error:
        errors.write(f"{path}: {error}\n")
        return "503 Service Unavailable", "text/plain; charset=utf-8", "The shop's database does not answer.\n"


def application(environ: Mapping[str, Any], start_response: Callable[[str, Headers], Any]) -> Iterable[bytes]:
    """Serve a request, as PEP 3333 says."""
    method = environ.get("REQUEST_METHOD", "GET")
    status, kind, text = respond(method, environ.get("PATH_INFO") or "/", environ["wsgi.errors"])
    body = text.encode()
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")]
    if status.startswith("405"):
        headers.append(("Allow", "GET, HEAD"))
    start_response(status, headers)
    return [] if method == "HEAD" else [body]
