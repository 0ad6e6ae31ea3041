"""The address of a ledger in PostgreSQL: read as libpq reads it, and shown without its password."""

import pytest
from psycopg.conninfo import make_conninfo

from infraops.errors import InfraOpsError
from infraops.ledger.postgres_url import BOUNDS, address_of


@pytest.mark.parametrize(
    ("rest", "name"),
    [
        ("jo@db.example/ledger", "postgresql://jo@db.example/ledger"),
        ("jo:hunter2@db.example:5433/ledger", "postgresql://jo@db.example:5433/ledger"),
        ("db.example/ledger?user=jo&password=hunter2", "postgresql://jo@db.example/ledger"),
        ("j%40o:hunter2%2F%40@db/led%20ger", "postgresql://j%40o@db/led%20ger"),
        ("jo@/ledger?host=/run/postgresql", "postgresql://jo@/ledger?host=/run/postgresql"),
        ("jo@%2Frun%2Fpostgresql/ledger", "postgresql://jo@/ledger?host=/run/postgresql"),
        ("one,two:5433/ledger?sslmode=verify-full&sslpassword=hunter2", "postgresql://one,two:5433/ledger"),
        ("?service=ledger", "postgresql:///?service=ledger"),
        ("[2001:db8::1]:5432/ledger", "postgresql://[2001:db8::1]:5432/ledger"),
        ("db/ledger?options=-csearch_path%3Dteam", "postgresql://db/ledger?options=-csearch_path%3Dteam"),
        ("", "postgresql:///"),
    ],
)
def test_an_address_is_shown_without_its_password(rest: str, name: str) -> None:
    address = address_of(rest)
    assert address.name == name
    assert "hunter2" not in repr(address)


def test_whatever_repeats_the_password_is_blanked() -> None:
    assert address_of("jo:hunter2@db/ledger").conceal("no hunter2 here") == "no (password) here"
    assert address_of("jo@db/ledger").conceal("no hunter2 here") == "no hunter2 here"
    assert address_of("jo:ledger@db/ledger").conceal("no database ledger") == "no database ledger"


@pytest.mark.parametrize(
    "rest",
    [
        "jo:hunter/2x9@db/ledger",
        "jo:hunter@2x9@db/ledger",
        "jo:hunter%2x9@db/ledger",
        "jo:hunter?2x9/@db/ledger",
        "jo:hunter2x9/x@db",
        "jo@db:hunter2x9/ledger",
        "[hunter2x9/ledger",
    ],
)
def test_a_password_that_went_astray_is_not_repeated(rest: str) -> None:
    with pytest.raises(InfraOpsError) as caught:
        address_of(rest)
    said = f"{caught.value} {caught.value.hint} {caught.value.__cause__}"
    assert "hunter" not in said and "2x9" not in said
    assert "%40" in caught.value.hint


def test_an_unknown_parameter_is_named() -> None:
    with pytest.raises(InfraOpsError, match="no parameter 'sslmod'"):
        address_of("jo:hunter2@db/ledger?sslmod=require")


def test_what_hangs_is_bounded_unless_the_url_or_libpqs_variable_says_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert BOUNDS.items() <= address_of("db/ledger").parameters.items()
    assert address_of("db/ledger?connect_timeout=99").parameters["connect_timeout"] == "99"
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "77")
    assert "connect_timeout" not in address_of("db/ledger").parameters
    assert make_conninfo("", **address_of("db/ledger").parameters)
