"""The address of a ledger in PostgreSQL: what libpq is handed, and how messages call it. Neither asks the server."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from urllib.parse import quote, urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from infraops.errors import InfraOpsError

DOING = "reading the address of the ledger"
ESCAPING = "in a user name or password, write @ : / % as %40 %3A %2F %25; better, keep the password out of the file"

# Ends what hangs. A URL may say otherwise.
BOUNDS: Mapping[str, str | int] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
FIXED = {"client_encoding": "UTF8", "fallback_application_name": "infraops"}


@dataclass(frozen=True)
class Address:
    """A database: what libpq is handed, and what may be shown of it."""

    parameters: Mapping[str, Any] = field(repr=False)
    name: str

    def conceal(self, text: str) -> str:
        """Blank the password in a text, unless to blank it would tell it: where it is also a part of the name."""
        password = self.parameters.get("password")
        return text.replace(password, "(password)") if password and password not in self.name else text


def address_of(rest: str) -> Address:
    """Read what follows `postgresql://` as libpq does: hosts, sockets, services and all of its parameters.

    InfraOpsError, which does not repeat it, where it cannot be read, or where a password went astray in it.
    """
    try:
        given = {name: value for name, value in conninfo_to_dict(f"postgresql://{rest}").items() if value is not None}
    except ProgrammingError as error:
        raise InfraOpsError(DOING, _why_not(str(error)), ESCAPING) from None  # its words may repeat a password
    astray = any("@" in str(given.get(name, "")) for name in ("host", "port", "dbname"))
    if astray or not re.fullmatch(r"[0-9,]*", str(given.get("port", ""))):
        raise InfraOpsError(DOING, "host, port and database cannot be told apart", ESCAPING)
    bounds = {name: value for name, value in BOUNDS.items() if name != "connect_timeout" or not _has_own_timeout()}
    return Address({**bounds, **given, **FIXED}, _name(given))


def _has_own_timeout() -> bool:
    return bool(os.environ.get("PGCONNECT_TIMEOUT"))  # of libpq's own variables; what is handed over would outdo it


def _why_not(said: str) -> str:
    unknown = re.search(r'invalid URI query parameter: "(\w+)"', said)
    return f"PostgreSQL knows no parameter {unknown[1]!r}" if unknown else "it is not a URL that PostgreSQL can read"


def _name(given: Mapping[str, Any]) -> str:
    """Write the URL without the password, and without parameters that say how rather than where."""
    host, port = str(given.get("host", "")), str(given.get("port", ""))
    at_socket = host.startswith("/")
    user = f"{quote(str(given['user']))}@" if "user" in given else ""
    where = {"host": host} if at_socket else {}
    where |= {name: str(given[name]) for name in ("service", "options") if name in given}
    asked = f"?{urlencode(where, safe='/', quote_via=quote)}" if where else ""
    machines = "" if at_socket else ",".join(_with_port(host.split(","), port.split(",")))
    return f"postgresql://{user}{machines}/{quote(str(given.get('dbname', '')))}{asked}"


def _with_port(hosts: list[str], ports: list[str]) -> Iterator[str]:
    for host, port in zip_longest(hosts, ports, fillvalue=""):
        yield (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
