"""Terraform's errors, and its `-json` lines, in our words."""

import json
from typing import Any

import pytest

from infraops.errors import Interrupted, Locked
from infraops.tools.terraform.messages.events import Diagnostic, LogLine, Phase, ResourceEvent, event, message
from infraops.tools.terraform.messages.failures import End, failure
from infraops.tools.terraform.messages.secrecy import Secrecy
from infraops.tools.terraform.state.outputs import outputs_of

LOCK = """\
Error message: resource temporarily unavailable
Lock Info:
  ID:        3d4d1a0c-7f0d-9c2b-54bf-3c1a2b9b7c11
  Path:      /state/app.tfstate
  Operation: OperationTypeApply
  Who:       ops@ci-7
  Version:   1.15.5
  Created:   2026-01-02 03:04:05.678 +0000 UTC
  Info:

Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.
"""


def test_the_holder_of_a_lock_is_named() -> None:
    error = failure("planning lab/app", [Diagnostic("error", "Error acquiring the state lock", LOCK)], "")
    assert isinstance(error, Locked)
    assert error.problem == (
        "the state is locked by ops@ci-7 since 2026-01-02 03:04:05.678 +0000 UTC (Apply), "
        "lock ID 3d4d1a0c-7f0d-9c2b-54bf-3c1a2b9b7c11"
    )
    assert "infraops exec STACK -- terraform force-unlock 3d4d1a0c-7f0d-9c2b-54bf-3c1a2b9b7c11" in error.hint


def test_a_lock_without_a_description_is_still_a_lock() -> None:
    error = failure("planning lab/app", [], "Error: Error acquiring the state lock\n\nsomething else")
    assert isinstance(error, Locked)
    assert "somebody" in error.problem


@pytest.mark.parametrize(
    ("summary", "detail", "hint"),
    [
        ("Failed to query available provider packages", "no such host", "registry"),
        ("No valid credential sources found", "", "credentials"),
        ("Backend initialization required, please run", "", "migrate-state"),
        ("Saved plan is stale", "", "plan again"),
        ("No value for required variable", "", "no parameter"),
        ("Something new", "", ""),
    ],
)
def test_hints(summary: str, detail: str, hint: str) -> None:
    assert hint in failure("planning lab/app", [Diagnostic("error", summary, detail)], "").hint


def test_all_errors_are_told_and_warnings_are_not() -> None:
    found = [
        Diagnostic("warning", "Deprecated"),
        Diagnostic("error", "One", "the reason\n", "module.service.a.b", "main.tf:3"),
        Diagnostic("error", "Two"),
    ]
    assert failure("x", found, "noise").problem == "One (module.service.a.b in main.tf:3): the reason\nTwo"


def test_without_diagnostics_its_own_text_counts() -> None:
    assert failure("x", [], "╷\n│ Error: bad\n│ \n│ very\n╵\n").problem == "Error: bad\n\nvery"
    assert failure("x", [], "").problem == "Terraform gave no reason"


@pytest.mark.parametrize("end", [End.INTERRUPTED, End.KILLED])
def test_an_interrupt_is_no_failure(end: End) -> None:
    assert isinstance(failure("x", [Diagnostic("error", "execution halted")], "", end), Interrupted)


@pytest.mark.parametrize("line", ["", "plain", "{broken", "[1]", '"text"'])
def test_lines_that_are_no_messages(line: str) -> None:
    assert message(line) is None


def hook(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "@message": "said", "hook": {"resource": {"addr": "a.b"}, **more}}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (hook("apply_start", action="create"), ResourceEvent("a.b", "create", Phase.START, 0.0, "said")),
        (
            hook("apply_progress", action="create", elapsed_seconds=10),
            ResourceEvent("a.b", "create", Phase.PROGRESS, 10.0, "said"),
        ),
        (hook("refresh_complete"), ResourceEvent("a.b", "refresh", Phase.COMPLETE, 0.0, "said")),
        (hook("provision_errored"), ResourceEvent("a.b", "provision", Phase.ERRORED, 0.0, "said")),
        ({"type": "apply_start"}, LogLine("")),
        ({"type": "version", "@message": "\nTerraform 1.15\n"}, LogLine("Terraform 1.15")),
        (
            {"type": "diagnostic", "diagnostic": {"severity": "warning", "summary": "s"}},
            Diagnostic("warning", "s"),
        ),
        (
            {
                "type": "diagnostic",
                "diagnostic": {
                    "severity": "error",
                    "summary": "s",
                    "detail": "d",
                    "address": "a.b",
                    "range": {"filename": "main.tf", "start": {"line": 3}},
                },
            },
            Diagnostic("error", "s", "d", "a.b", "main.tf:3"),
        ),
    ],
)
def test_events(document: dict[str, Any], expected: object) -> None:
    assert event(json.loads(json.dumps(document))) == expected


def test_secrets_are_hidden_wherever_they_stand() -> None:
    secrecy = Secrecy()
    secrecy.learn({"a": "pass", "b": {"c": ["password", 1, "abc"]}})
    assert secrecy.hide("the password, a passage, abc") == "the (sensitive), a (sensitive)age, abc"
    assert secrecy.hide_in({"x": ["pass", 1, None]}) == {"x": ["(sensitive)", 1, None]}


@pytest.mark.parametrize(
    ("outputs", "problem"),
    [
        ({"hosts": ["one"]}, "must be maps"),
        ({"endpoints": "http://x"}, "must be maps"),
        ({"hosts": {"one": "192.0.2.1"}}, "one has no address"),
        ({"hosts": {"one": {"address": ""}}}, "one has no address"),
        ({"hosts": {"one": {"address": "192.0.2.1", "port": "ssh"}}}, "port"),
        ({"hosts": {"one": {"address": "192.0.2.1", "groups": "app"}}}, "groups"),
        ({"hosts": {"one": {"address": "192.0.2.1", "vars": "x"}}}, "vars"),
    ],
)
def test_a_module_that_breaks_the_contract_is_named(outputs: dict[str, Any], problem: str) -> None:
    with pytest.raises(Exception, match=rf"reading the outputs of lab/app: .*{problem}"):
        outputs_of({name: {"value": value} for name, value in outputs.items()}, stack="lab/app")


def test_a_host_is_known_by_its_key_unless_the_module_says_otherwise() -> None:
    described = {"address": "192.0.2.1", "port": "2222", "host_key": "ssh-ed25519 AAAA", "user": None}
    (host,) = outputs_of({"hosts": {"value": {"one": described}}}, stack="lab/app").hosts
    assert (host.port, host.user, host.identity) == (2222, "root", "ssh-ed25519 AAAA")
    (host,) = outputs_of({"hosts": {"value": {"one": {**described, "identity": "7"}}}}, stack="lab/app").hosts
    assert host.identity == "7"
