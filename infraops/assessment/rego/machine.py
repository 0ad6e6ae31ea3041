"""Carrying out compiled Rego: the plan that OPA calls its intermediate representation. Pure.

The library that makes such plans can carry them out as well, but its texts are not what they should be where they hold
quotes, backslashes or line ends, and rules over such texts would pass in silence.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from infraops.assessment.rego.builtins import BUILTINS
from infraops.assessment.rego.patterns import Failed, Unfit
from infraops.assessment.rego.reckoning import read_number
from infraops.assessment.rego.values import NOTHING, RegoSet, at, equal, from_key, merged, patched, to_key

STEPS = 20_000_000  # of one rule; then it counts as one that does not end
_DONE, _UNDEFINED, _RETURN = range(3)
Locals = dict[int, Any]
Statement = Mapping[str, Any]


class Machine:
    """One plan at work on one document. `passed_over` has what built-in functions could not take, by file and row."""

    def __init__(self, plan: Mapping[str, Any], document: Any) -> None:
        self._functions = {each["name"]: each for each in plan["funcs"]["funcs"]}
        self._texts = [_text(each["value"]) for each in plan["static"].get("strings", ())]
        self._numbers = [each["value"] for each in plan["static"].get("strings", ())]
        self._start = (document, plan.get("data", {}))
        self._known: dict[str, Any] = {}
        self._given = set(_objects_in(self._start[1]))
        self._steps = 0
        self.passed_over: dict[tuple[int, int], str] = {}

    def value(self, rule: str) -> Any:
        """Return what a rule (`main.deny`) evaluates to, None where it is undefined. Raises Failed."""
        self._steps, self.passed_over = 0, {}
        try:
            found = self._call(f"g0.data.{rule}", self._start)
        except RecursionError:
            raise Failed("its rules or values are nested too deep") from None
        return None if found is NOTHING else found

    def _call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        function = self._functions[name]
        plain = len(arguments) == len(self._start)
        if plain and name in self._known:
            return self._known[name]
        held: Locals = dict(zip(function["params"], arguments, strict=True))
        result = NOTHING
        for block in function["blocks"]:
            if self._run(block["stmts"], held) == _RETURN:
                result = held.get(function["return"], NOTHING)
                break
        if plain:
            self._known[name] = result
        return result

    def _run(self, statements: Iterable[Statement], held: Locals) -> int:
        for each in statements:
            self._steps += 1
            if self._steps > STEPS:
                raise Failed(f"it does not end within {STEPS} steps")
            carry_out = _STATEMENTS.get(each["type"])
            if carry_out is None:
                raise Failed(f"it is compiled to a {each['type']}, which this version of infraops does not know")
            outcome = carry_out(self, each["stmt"], held)
            if outcome != _DONE:
                return outcome
        return _DONE

    def _operand(self, written: Any, held: Locals) -> Any:
        if written["type"] == "local":
            return held.get(written["value"], NOTHING)
        return self._texts[written["value"]] if written["type"] == "string_index" else written["value"]

    def _assign(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["source"], held)
        if value is NOTHING:
            return _UNDEFINED
        held[statement["target"]] = value
        return _DONE

    def _assign_once(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["source"], held)
        if value is NOTHING:
            return _UNDEFINED
        if not equal(held.setdefault(statement["target"], value), value):
            raise Failed("a rule, or a function, has two values at once")
        return _DONE

    def _make(self, statement: Statement, held: Locals, new: Callable[[], Any]) -> int:
        held[statement["target"]] = new()
        return _DONE

    def _number(self, statement: Statement, held: Locals) -> int:
        held[statement["target"]] = read_number(self._numbers[statement["index"]])
        return _DONE

    def _reset(self, statement: Statement, held: Locals) -> int:
        held.pop(statement["target"], None)
        return _DONE

    def _defined(self, statement: Statement, held: Locals, *, wanted: bool) -> int:
        return _DONE if (statement["source"] in held) == wanted else _UNDEFINED

    def _compare(self, statement: Statement, held: Locals, *, wanted: bool) -> int:
        one, other = self._operand(statement["a"], held), self._operand(statement["b"], held)
        if one is NOTHING or other is NOTHING:
            return _UNDEFINED
        return _DONE if equal(one, other) == wanted else _UNDEFINED

    def _is(self, statement: Statement, held: Locals, kind: type) -> int:
        return _DONE if isinstance(self._operand(statement["source"], held), kind) else _UNDEFINED

    def _length(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["source"], held)
        if not isinstance(value, str | list | dict | RegoSet):
            return _UNDEFINED
        held[statement["target"]] = len(value)
        return _DONE

    def _append(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["value"], held)
        if value is NOTHING:
            return _UNDEFINED
        held[statement["array"]].append(value)
        return _DONE

    def _add(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["value"], held)
        if value is NOTHING:
            return _UNDEFINED
        held[statement["set"]].add(value)
        return _DONE

    def _insert(self, statement: Statement, held: Locals, *, once: bool) -> int:
        key, value = self._operand(statement["key"], held), self._operand(statement["value"], held)
        if key is NOTHING or value is NOTHING:
            return _UNDEFINED
        known = held[statement["object"]].setdefault(to_key(key), value)
        if once and not equal(known, value):
            raise Failed("an object has two values for one key")
        held[statement["object"]][to_key(key)] = value
        return _DONE

    def _dot(self, statement: Statement, held: Locals) -> int:
        source, key = self._operand(statement["source"], held), self._operand(statement["key"], held)
        value = at(source, key)
        if value is NOTHING:
            if isinstance(key, int) and isinstance(source, dict) and str(key) in source and id(source) in self._given:
                # OPA takes a number for a text there, but not everywhere that the same data comes to.
                raise Failed(
                    f'it asks the data for the number {key}, and there is the text "{key}": write it as a text'
                )
            return _UNDEFINED
        held[statement["target"]] = value
        return _DONE

    def _blocks(self, statement: Statement, held: Locals) -> int:
        for block in statement["blocks"]:
            if self._run(block["stmts"], held) == _RETURN:
                return _RETURN
        return _DONE

    def _not(self, statement: Statement, held: Locals) -> int:
        return _DONE if self._run(statement["block"]["stmts"], held) == _UNDEFINED else _UNDEFINED

    def _scan(self, statement: Statement, held: Locals) -> int:
        source: Any = held.get(statement["source"])
        match source:
            case list():
                pairs: Iterable[tuple[Any, Any]] = enumerate(source)
            case dict():
                pairs = [(from_key(key), value) for key, value in source.items()]
            case RegoSet():
                pairs = [(value, value) for value in source]
            case _:
                return _UNDEFINED
        for held[statement["key"]], held[statement["value"]] in pairs:
            if self._run(statement["block"]["stmts"], held) == _RETURN:
                return _RETURN
        return _DONE

    def _with(self, statement: Statement, held: Locals) -> int:
        value = self._operand(statement["value"], held)
        if value is NOTHING:
            return _UNDEFINED
        local, before, known = statement["local"], held.get(statement["local"], NOTHING), self._known
        held[local] = patched(before, [self._texts[index] for index in statement.get("path") or ()], value)
        self._known = {}
        try:
            return self._run(statement["block"]["stmts"], held)
        finally:
            held[local], self._known = before, known

    def _return(self, statement: Statement, held: Locals) -> int:
        return _RETURN

    def _call_named(self, statement: Statement, held: Locals) -> int:
        name, arguments = statement["func"], [self._operand(each, held) for each in statement["args"]]
        if any(argument is NOTHING for argument in arguments):
            return _UNDEFINED
        if name in self._functions:
            return self._answered(self._call(name, tuple(arguments)), statement, held)
        if name not in BUILTINS:
            raise Failed(f"there is no function {name}")
        function, own = BUILTINS[name]
        try:
            return self._answered(function(*arguments[own:]), statement, held)
        except (Unfit, ValueError, ZeroDivisionError) as error:
            said = str(error) if isinstance(error, Unfit) else "this is nothing that it takes"
            self.passed_over[int(statement["file"]), int(statement["row"])] = f"{name}: {said}"
            return _UNDEFINED
        except (TypeError, LookupError, AttributeError, OverflowError) as error:
            # Nobody knows whether OPA would take it, so it must not pass for a rule that holds.
            raise Failed(f"{name} cannot take what it is handed: {error}") from None

    def _answered(self, value: Any, statement: Statement, held: Locals) -> int:
        if value is NOTHING:
            return _UNDEFINED
        held[statement["result"]] = value
        return _DONE

    def _call_dynamic(self, statement: Statement, held: Locals) -> int:
        """Look up `data.a[x].b`, which is a rule or data according to what `x` is."""
        steps = [self._operand(each, held) for each in statement["path"]]
        if any(step is NOTHING for step in steps):
            return _UNDEFINED
        name = ".".join(["g0", *map(str, steps)])
        if name in self._functions:
            return self._answered(self._call(name, self._start_of(statement, held)), statement, held)
        if any(each.startswith(f"{name}.") or name.startswith(f"{each}.") for each in self._functions):
            raise Failed(f"it asks for {'.'.join(map(str, steps))}, which is not supported here")
        value: Any = self._start_of(statement, held)[1]
        for step in steps[1:]:
            value = at(value, step)
        return self._answered(value, statement, held)

    def _start_of(self, statement: Statement, held: Locals) -> tuple[Any, ...]:
        return tuple(self._operand(each, held) if isinstance(each, dict) else held[each] for each in statement["args"])

    def _merge(self, statement: Statement, held: Locals) -> int:
        held[statement["target"]] = merged(held[statement["a"]], held[statement["b"]])
        return _DONE


_STATEMENTS: dict[str, Callable[[Machine, Statement, Locals], int]] = {
    "ArrayAppendStmt": Machine._append,
    "AssignIntStmt": lambda self, each, held: self._make(each, held, lambda: each["value"]),
    "AssignVarOnceStmt": Machine._assign_once,
    "AssignVarStmt": Machine._assign,
    "BlockStmt": Machine._blocks,
    "CallDynamicStmt": Machine._call_dynamic,
    "CallStmt": Machine._call_named,
    "DotStmt": Machine._dot,
    "EqualStmt": lambda self, each, held: self._compare(each, held, wanted=True),
    "IsArrayStmt": lambda self, each, held: self._is(each, held, list),
    "IsDefinedStmt": lambda self, each, held: self._defined(each, held, wanted=True),
    "IsObjectStmt": lambda self, each, held: self._is(each, held, dict),
    "IsSetStmt": lambda self, each, held: self._is(each, held, RegoSet),
    "IsUndefinedStmt": lambda self, each, held: self._defined(each, held, wanted=False),
    "LenStmt": Machine._length,
    "MakeArrayStmt": lambda self, each, held: self._make(each, held, list),
    "MakeNullStmt": lambda self, each, held: self._make(each, held, lambda: None),
    "MakeNumberIntStmt": lambda self, each, held: self._make(each, held, lambda: each["value"]),
    "MakeNumberRefStmt": Machine._number,
    "MakeObjectStmt": lambda self, each, held: self._make(each, held, dict),
    "MakeSetStmt": lambda self, each, held: self._make(each, held, RegoSet),
    "NopStmt": lambda self, each, held: _DONE,
    "NotEqualStmt": lambda self, each, held: self._compare(each, held, wanted=False),
    "NotStmt": Machine._not,
    "ObjectInsertOnceStmt": lambda self, each, held: self._insert(each, held, once=True),
    "ObjectInsertStmt": lambda self, each, held: self._insert(each, held, once=False),
    "ObjectMergeStmt": Machine._merge,
    "ResetLocalStmt": Machine._reset,
    "ReturnLocalStmt": Machine._return,
    "ScanStmt": Machine._scan,
    "SetAddStmt": Machine._add,
    "WithStmt": Machine._with,
}


def _objects_in(value: Any) -> Iterator[int]:
    """Yield the identity of every object inside."""
    if isinstance(value, dict):
        yield id(value)
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _objects_in(below)


def _text(written: str) -> str:
    """Return a text of the plan: it is escaped as in JSON, and stands in quotes or not."""
    inner = written[1:-1] if len(written) > 1 and written[0] == written[-1] == '"' else written
    try:
        text: str = json.loads(f'"{inner}"', strict=False)
    except ValueError:
        return inner
    return text
