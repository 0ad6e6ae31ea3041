"""Pins are edited in a blueprint's text, and nothing else of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraops.controlrepo.blueprints.repinning import repin
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import InfraOpsError

BEFORE = """\
# about it
template: web@1.0   # moved by hand
environments:
  lab: {template: web@1.1, hosts: 2}  # small
  staging: {hosts: 3}
  tests: {}
  production:
    # as many as needed
    hosts: 30
    size: large
  old:
    template: 'web@1.1'  # for now
  older:
    hosts: 1
    template: "web@1.1"
    size: small
"""


def test_own_pins_come_and_go_and_comments_stay() -> None:
    own = {"staging": "web@1.1", "tests": "web@1.1", "production": "web@1.1", "older": "web@1.2"}
    assert (
        repin(BEFORE, "x.yaml", template="web@1.0", own=own)
        == """\
# about it
template: web@1.0   # moved by hand
environments:
  lab: {hosts: 2}  # small
  staging: {template: web@1.1, hosts: 3}
  tests: {template: web@1.1}
  production:
    # as many as needed
    template: web@1.1
    hosts: 30
    size: large
  old: {}
  older:
    hosts: 1
    template: "web@1.2"
    size: small
"""
    )


def test_the_blueprints_pin_moves() -> None:
    edited = repin(BEFORE, "x.yaml", template="web@2.0", own={})
    assert "template: web@2.0   # moved by hand\n" in edited
    assert edited.count("template") == 1


def test_what_anchors_would_spoil_is_left_to_a_person() -> None:
    text = "template: a@1.0\nenvironments:\n  lab: &base {hosts: 1}\n  staging: *base\n"
    with pytest.raises(InfraOpsError) as refused:
        repin(text, "x.yaml", template="a@1.0", own={"staging": "a@1.1"})
    assert refused.value.hint == "by hand, it is template: a@1.0; environments.staging.template: a@1.1"
    merged = "template: a@1.0\nenvironments:\n  lab: &base {template: a@1.1}\n  staging:\n    <<: *base\n    hosts: 1\n"
    with pytest.raises(InfraOpsError, match="merge keys stand in the way"):
        repin(merged, "x.yaml", template="a@1.0", own={"lab": "a@1.1"})


def test_a_merge_key_beside_the_pin_stays() -> None:
    text = "template: a@1.0\nenvironments:\n  lab: &base {hosts: 1}\n  staging:\n    <<: *base\n"
    edited = repin(text, "x.yaml", template="a@1.0", own={"staging": "a@1.1"})
    assert edited.endswith("  staging:\n    template: a@1.1\n    <<: *base\n")


def test_line_ends_and_byte_order_marks_stay() -> None:
    text = "\ufefftemplate: a@1.0\r\nenvironments:\r\n  lab:\r\n    hosts: 1\r\n"
    edited = repin(text, "x.yaml", template="a@1.0", own={"lab": "a@1.1"})
    assert edited == "\ufefftemplate: a@1.0\r\nenvironments:\r\n  lab:\r\n    template: a@1.1\r\n    hosts: 1\r\n"


FLOW = st.sampled_from(
    [
        "{}",
        "{hosts: 1}",
        "{ hosts: 1 , size: 2 }",
        "{template: a@1.1, hosts: 1}",
        "{hosts: 1, template: a@1.1}",
        "{\n    hosts: 1,\n    template: 'a@1.1',\n  }",
        '{"template": "a@3.0"}',
    ]
)
BLOCK = st.sampled_from(
    [
        "hosts: 1",
        "template: a@1.1",
        "hosts: 1  # c\n    template: a@1.1  # d",
        "template: a@1.1\n    hosts: {a: 1}",
        "hosts:\n      - 1\n    template: a@1.1",
        "# first\n    template: 'a@1.1'\n\n    # last",
    ]
).map(lambda text: f"\n    {text}")
PIN = st.sampled_from(["a@1.0", "a@1.1", "a@22.333", None])


@settings(deadline=None)  # a busy machine is no failure
@given(
    values=st.lists(st.tuples(st.one_of(FLOW, BLOCK), PIN), min_size=1, max_size=4), last=st.sampled_from(["", "\n"])
)
def test_whatever_is_written_only_pins_change(values: list[tuple[str, str | None]], last: str) -> None:
    text = "template: a@1.0\nenvironments:\n" + "\n".join(f"  e{at}: {value}" for at, (value, _) in enumerate(values))
    own = {f"e{at}": pin for at, (_, pin) in enumerate(values) if pin is not None}
    edited = repin(text + last, "x.yaml", template="a@9.9", own=own)
    document = compose(edited, "x.yaml", Mistakes())
    assert document is not None
    assert document.value["template"] == "a@9.9"
    environments = document.value["environments"]
    assert {name: one["template"] for name, one in environments.items() if "template" in one} == own
    assert edited.count("# c") == text.count("# c")
