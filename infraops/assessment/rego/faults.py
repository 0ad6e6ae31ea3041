"""What is wrong with compiled Rego although the library takes it: such rules would say nothing. Pure.

A plan is what OPA calls its intermediate representation: functions of statements that read and write locals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infraops.assessment.rego.builtins import BUILTINS

_REACHES_OUT = ("http.", "net.lookup_ip_addr", "opa.", "providers.", "rand.", "time.now_ns", "uuid.rfc4122")
_READ = ("source", "a", "b", "array", "set", "object")
_WRITTEN = ("target", "result")


@dataclass(frozen=True)
class Fault:
    """What is wrong in one place; `file` and `row` count from 0, and `row` is None where nobody knows it."""

    file: int
    row: int | None
    problem: str
    hint: str = ""


def faults_in(plan: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield everything in a plan that would make a rule say nothing, or reach out of it."""
    functions = {each["name"]: each for each in plan.get("funcs", {}).get("funcs", ())}
    builtins = {each["name"]: each for each in plan["static"].get("builtin_funcs", ())}
    calls: dict[str, list[dict[str, Any]]] = {}
    for name, function in functions.items():
        statements = list(_statements(function["blocks"]))
        yield from _unset(function, statements)
        calls[name] = [each["stmt"] for each in statements if each["type"] == "CallStmt"]
        for call in calls[name]:
            yield from _called(call, functions, builtins)
    yield from _circles(calls)


def _statements(blocks: Any) -> Iterator[dict[str, Any]]:
    if isinstance(blocks, dict):
        if isinstance(blocks.get("stmt"), dict):
            yield blocks
        for below in blocks.values():
            yield from _statements(below)
    elif isinstance(blocks, list):
        for below in blocks:
            yield from _statements(below)


def _unset(function: Mapping[str, Any], statements: list[dict[str, Any]]) -> Iterator[Fault]:
    """Yield where a local is read that nothing writes: a name that is misspelt, or that OPA calls unsafe."""
    written = set(function["params"])
    for each in statements:
        written |= {each["stmt"][key] for key in _WRITTEN if isinstance(each["stmt"].get(key), int)}
        if each["type"] == "ScanStmt":
            written |= {each["stmt"]["key"], each["stmt"]["value"]}
    told = set()
    near: Mapping[str, Any] = next((each["stmt"] for each in statements if "file" in each["stmt"]), {})
    for each in statements:
        # What the library makes up by itself has no place: the rule's own is the nearest there is.
        statement = {**{key: near[key] for key in ("file", "row") if key in near}, **each["stmt"]}
        for local in set(_locals_in(statement)) - written:
            if (local, statement.get("row")) not in told:
                told.add((local, statement.get("row")))
                problem = "a name is used here that nothing gives a value to (OPA calls it unsafe)"
                yield _fault(statement, problem, "look for a misspelling")


def _locals_in(statement: Mapping[str, Any]) -> Iterator[int]:
    for key, value in statement.items():
        if key in _READ and isinstance(value, int):
            yield value
        for operand in value if isinstance(value, list) else (value,):
            if isinstance(operand, dict) and operand.get("type") == "local":
                yield operand["value"]


def _called(call: Mapping[str, Any], functions: Mapping[str, Any], builtins: Mapping[str, Any]) -> Iterator[Fault]:
    name, given = str(call["func"]), len(call["args"])
    if name in functions:
        wanted = len(functions[name]["params"])
        if given != wanted:
            own = name.rpartition(".")[2]
            yield _fault(call, f"{own} takes {wanted - 2} arguments, and is handed {given - 2}")
    elif name not in BUILTINS:
        shown = name.removeprefix("internal.")
        if name.startswith(_REACHES_OUT):
            yield _fault(
                call, f"{shown} reaches out of the policy, or answers otherwise each time; it is not evaluated"
            )
        else:
            yield _fault(call, f"there is no function {shown} here", "docs/policy.md lists the built-in functions")
    elif name in builtins:
        wanted = len(builtins[name]["decl"].get("args", ()))
        if given != wanted:
            yield _fault(call, f"{name} takes {wanted} arguments, and is handed {given}")


def _circles(calls: Mapping[str, list[dict[str, Any]]]) -> Iterator[Fault]:
    """Yield the calls by which a rule comes to ask itself, which never ends."""
    reached = {name: {call["func"] for call in found} & calls.keys() for name, found in calls.items()}
    known = 0
    while known != (known := sum(map(len, reached.values()))):
        reached = {name: below.union(*(reached[each] for each in below)) for name, below in reached.items()}
    for name, found in calls.items():
        for call in found:
            if name in reached.get(call["func"], ()) or call["func"] == name:
                yield _fault(call, f"{name.rpartition('.')[2]} asks itself, directly or through other rules")
                break


def _fault(statement: Mapping[str, Any], problem: str, hint: str = "") -> Fault:
    return Fault(int(statement.get("file", -1)), statement.get("row"), problem, hint)
