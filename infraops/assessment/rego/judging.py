"""Which rules in Rego a plan breaks. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from infraops.assessment.rego.machine import Machine
from infraops.assessment.rego.patterns import Failed
from infraops.assessment.rego.values import to_json, written
from infraops.errors import Place
from infraops.models.files.policy import Policies, Rego, RegoRule
from infraops.models.plans.finding import Finding, Severity

EXCEPTION = "exception"  # the rule by which a package lets plans off its others


def broken_in_rego(document: Mapping[str, Any], policies: Policies) -> Iterator[Finding]:
    """Yield a finding for each message of a rule; `document` is the plan as `terraform show -json` has it, masked.

    A rule that fails counts as broken. One in which a built-in function could not take what it was handed is undefined
    there, as conftest has it: that is said, and warned of.
    """
    rules = [rule for rule in policies.rego_rules if rule.severity is not Severity.OFF]
    machine = Machine(policies.rego.plan, document) if rules else None
    for rule in rules:
        assert machine is not None
        try:
            let_off = _let_off(rule, policies.rego, machine)
            messages = messages_of(to_json(machine.value(rule.name)))
        except Failed as error:
            yield _finding(rule, f"it cannot be evaluated: {error}")
            continue
        for message in messages:
            yield _finding(rule, message, let_off)
        for (file, row), why in machine.passed_over.items():
            number = policies.rego.plan["files"][file]
            place = Place(policies.rego.modules[number].file, row + 1)
            message = f"it says nothing where a function cannot take what it is handed: {why} ({place})"
            yield _finding(rule, message, severity=Severity.WARN)


def messages_of(value: Any) -> list[str]:
    """Return the messages in what a rule evaluates to: of a set of texts, or of objects with `msg`, or by such.

    Raises Failed where the value is nothing that conftest would take a message from, and would pass over.
    """
    match value:
        case None | False:
            return []
        case list():
            return [_message(each) for each in value]
        case dict():
            return [_message(key if said is True else said) for key, said in value.items()]
        case str():
            return [_message(value)]
    raise Failed(f"it is {written(value)}, and no set of messages")


def _message(said: Any) -> str:
    """Return a message; what an object says beside it stands behind it."""
    if isinstance(said, dict) and isinstance(said.get("msg"), str):
        more = {key: value for key, value in said.items() if key != "msg"}
        said = f"{said['msg']} {written(more)}" if more else said["msg"]
    if not isinstance(said, str):
        raise Failed(f"{written(said)} is no message, and no object with `msg`")
    return " ".join(said.split()) or "it says nothing"


def _let_off(rule: RegoRule, rego: Rego, machine: Machine) -> str:
    """Say which exception lets a plan off a rule; empty where none does."""
    place = dict(rego.exceptions).get(rule.package)
    if place is None:
        return ""
    groups = to_json(machine.value(f"{rule.package}.{EXCEPTION}"))
    names = {name for group in groups or () if isinstance(group, list) for name in group if isinstance(name, str)}
    return f"by the exception at {place}" if {rule.ending, rule.head} & names else ""


def _finding(rule: RegoRule, message: str, waived: str = "", severity: Severity | None = None) -> Finding:
    control = rule.control or f"Rego, {rule.place}"
    return Finding(rule.name, severity or rule.severity, message, rule.hint, control, str(rule.place), waived)
