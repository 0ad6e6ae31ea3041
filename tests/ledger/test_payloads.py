"""Payloads come back as they went in, whatever they hold."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraops.errors import InfraOpsError
from infraops.ledger import Ledger
from infraops.ledger.chain import NOTHING, next_row
from infraops.ledger.payloads import read_entry, write_payload
from infraops.models.ledger.entries import KINDS, PAYLOADS, Kind, Payload, Unknown
from infraops.models.ledger.runs import RunStarted
from infraops.models.ledger.stations import ChildStarted, StationEnded, StationStarted
from infraops.models.runs.run import Outcome
from tests.ledger.trees import NOON, opened

ANY_TEXT = st.text(st.characters(), max_size=30)  # NUL, surrogates and all
FINITE = st.floats(allow_nan=False, allow_infinity=False)
HUGE = st.integers(-(2**200), 2**200)

STATION_ENDED = st.builds(
    StationEnded,
    station=ANY_TEXT,
    outcome=st.sampled_from(Outcome),
    seconds=FINITE,
    digests=st.dictionaries(ANY_TEXT, ANY_TEXT, max_size=4),
    summary=ANY_TEXT,
)
CHILD_STARTED = st.builds(ChildStarted, program=ANY_TEXT, pid=HUGE, started=HUGE)


def test_every_kind_has_a_payload_and_every_payload_a_kind() -> None:
    assert set(PAYLOADS) == set(Kind)
    assert len(set(PAYLOADS.values())) == len(PAYLOADS)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_comes_back_in_its_own_type(kind: Kind) -> None:
    strategy = st.from_type(PAYLOADS[kind])

    @settings(max_examples=15, deadline=None)
    @given(strategy)
    def check(payload: Payload) -> None:
        try:
            text = write_payload(payload)
        except ValueError as error:
            assert "JSON compliant" in str(error)
            return
        row = next_row(NOTHING, at=NOON, kind=kind, run="r", stack=None, payload=text)
        assert read_entry(row).payload == payload

    check()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.one_of(STATION_ENDED, CHILD_STARTED))
def test_payloads_go_through_the_database_unchanged(ledger: Ledger, payload: Payload) -> None:
    written = ledger.append(payload, run="r", stack="lab/web")
    read = ledger.latest("lab/web", KINDS[type(payload)])
    assert read == written
    assert read is not None and read.payload == payload
    assert ledger.verify().ok


def test_numbers_that_json_does_not_know_are_a_bug(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        ledger.append(StationEnded("plan", Outcome.DONE, float("nan")), run="r", stack="lab/web")
    assert ledger.entries() == ()


def test_the_written_form_is_canonical() -> None:
    payload = StationEnded("plan", Outcome.DONE, 0.1, {"b": "2", "a": "1"}, "schön")
    assert write_payload(payload) == (
        '{"digests":{"a":"1","b":"2"},"in_state":null,"outcome":"done","seconds":0.1,"station":"plan",'
        '"summary":"sch\\u00f6n"}'
    )


def test_a_kind_of_a_newer_version_is_passed_through() -> None:
    row = next_row(NOTHING, at=NOON, kind="approved", run="r", stack=None, payload='{"by":"jo"}')
    assert read_entry(row).payload == Unknown('{"by":"jo"}')


def test_a_field_of_a_newer_version_is_passed_over() -> None:
    text = json.dumps({"program": "terraform", "pid": 1, "started": 2, "niceness": 19})
    row = next_row(NOTHING, at=NOON, kind=Kind.CHILD_STARTED, run="r", stack=None, payload=text)
    assert read_entry(row).payload == ChildStarted("terraform", 1, 2)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"program": "terraform"}', '{"outcome": "splendid"}'])
def test_a_payload_that_is_none_names_the_entry(text: str) -> None:
    row = next_row(NOTHING, at=NOON, kind=Kind.CHILD_STARTED, run="r", stack=None, payload=text)
    with pytest.raises(InfraOpsError, match=r"entry 1 \(child_started\) cannot be read") as caught:
        read_entry(row)
    assert "ledger verify" in caught.value.hint


def test_run_started_has_no_place_for_a_command_line_or_an_environment() -> None:
    assert not {"argv", "environ", "env", "parameters"} & set(RunStarted.__dataclass_fields__)


def test_what_the_file_holds_is_what_verify_reads(path: Path) -> None:
    with opened(path) as ledger:
        ledger.append(StationStarted("plan"), run="r", stack="lab/web")
    raw = path.read_bytes()
    assert b'{"station":"plan"}' in raw
