import json

import pytest

from infraops.models.runs.results import HostRecap, TaskFailure
from infraops.tools.ansible.events import HIDDEN, Tally, complaint


def line(kind: str, **fields: object) -> str:
    return json.dumps({"infraops": kind, **fields})


def failed(host: str, message: str, **fields: object) -> str:
    common = {"task": "t", "place": "play.yml:3", "ignored": False, "stops": False}
    return line("failed", host=host, msg=message, **{**common, **fields})


def stats(**hosts: int) -> str:
    return line("stats", hosts={host: {"ok": 1, "failures": count} for host, count in hosts.items()})


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("plain-secret", "password=plain-secret!"),
        ('with "quotes"', r"in JSON: with \"quotes\" here"),
        ("tab\tand ü", r"in JSON: tab\tand \u00fc here"),
        ("it's\none", "in Python: it's\\none here"),
        ("-----BEGIN-----\nfirst-line\nsecond-line\n-----END-----", "only second-line of it"),
    ],
)
def test_secrets_are_hidden_in_the_forms_they_take(secret: str, text: str) -> None:
    tally = Tally([secret])

    event = tally.take(failed("a", text))

    assert event is not None
    assert HIDDEN in event.text
    tally.take(stats(a=1))
    (failure,) = tally.configured(["a"], 0).failures
    assert HIDDEN in failure.message
    assert tally.tells_secret(text)


def test_a_secret_too_short_to_hide_leaves_text_readable() -> None:
    assert Tally(["a", ""]).hide("a bad apple") == "a bad apple"


def test_other_output_is_passed_on_as_it_is() -> None:
    tally = Tally()

    assert tally.take("") is None
    for text in ("some words", '{"infraops": broken', '{"other": 1}'):
        event = tally.take(text)
        assert event is not None
        assert (event.kind, event.text) == ("line", text)


def test_a_rescued_failure_is_not_the_one_that_counts() -> None:
    tally = Tally()
    for text in (failed("a", "rescued"), failed("a", "final"), failed("b", "rescued"), stats(a=1, b=0)):
        tally.take(text)

    result = tally.configured(["a", "b", "c"], 1.5)

    assert result.failures == (TaskFailure("a", "t", "final", place="play.yml:3"),)
    assert result.hosts == {"a": HostRecap(ok=1, failed=1), "b": HostRecap(ok=1), "c": HostRecap()}


def test_a_command_says_why_by_its_last_line() -> None:
    tally = Tally()

    event = tally.take(failed("a", "non-zero return code", stderr="first\nlast  words\n", stdout="out"))

    assert event is not None
    assert event.text == "a: t: failed: non-zero return code: last words"


def test_complaints_begin_with_the_place() -> None:
    said = "[WARNING]: old\n[ERROR]: first\n[ERROR]: bad thing\nOrigin: /p/play.yml:3:7\n\n1 - hosts\n"

    assert complaint(said) == "/p/play.yml:3:7: bad thing\n1 - hosts"
    assert complaint("Traceback\n  x\nKeyError: 1\n") == "Traceback\n  x\nKeyError: 1"
    assert complaint("") == ""
