"""Terraform files in JSON syntax, as blocks: what may be a block and may be an attribute is taken for both."""

import json
from collections.abc import Iterator
from typing import Any

from infraops.controlrepo.hcl.bodies import calls_in_template
from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.models.files.hcl import Block, Call, Expression

DEEPEST = 40
_LABELS = {
    "resource": 2, "data": 2, "ephemeral": 2, "action": 2, "list": 2, "provider": 1, "module": 1, "variable": 1,
    "output": 1, "check": 1, "provisioner": 1, "backend": 1, "provider_meta": 1, "dynamic": 1,
}  # fmt: skip
_WITHIN = {"check": frozenset({"data"})}  # kinds with labels that stand in others than the top
_MARKS = ("\\", "$${", "%%{")  # of a text that is not what it looks like
_ANYWHERE = frozenset({"provisioner", "backend", "dynamic", "provider_meta"})

Pairs = list[tuple[str, Any]]  # of an object; a key that comes twice stays there twice, as Terraform reads both


class _Object:
    def __init__(self, pairs: Pairs) -> None:
        self.pairs = pairs


def blocks_of_json(text: str) -> tuple[Block, ...]:
    """Return the blocks at the top of a `.tf.json` file. Raises BrokenHcl where it is not understood."""
    try:
        top = json.loads(text, object_pairs_hook=_Object)
    except json.JSONDecodeError as error:
        raise BrokenHcl(error.lineno, "this is not JSON") from None
    except (RecursionError, ValueError):
        raise BrokenHcl(1, "this JSON cannot be looked through") from None
    reader = _Reader(text)
    return tuple(block for one in _objects(top, 1) for block in reader.blocks(one, "", 0))


def _objects(value: Any, line: int) -> Iterator[_Object]:
    """Yield an object, or each of a list of them: to Terraform that is the same."""
    if isinstance(value, _Object):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item, line)
    else:
        raise BrokenHcl(line, "an object is expected here")


class _Reader:
    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def blocks(self, body: _Object, parent: str, depth: int) -> Iterator[Block]:
        """Yield what may be blocks among an object's entries."""
        if depth > DEEPEST:
            raise BrokenHcl(1, "blocks are nested too deep to be looked through")
        for key, value in body.pairs:
            if key == "//" or not isinstance(value, (_Object, list)):
                if not parent and key != "//":
                    yield Block(key, (), self._line(key))
                continue
            labelled = not parent or key in _ANYWHERE or key in _WITHIN.get(parent, ())
            yield from self._labelled(key, value, (), _LABELS.get(key, 0) if labelled else 0, depth, top=not parent)

    def _labelled(
        self, kind: str, value: Any, labels: tuple[str, ...], missing: int, depth: int, *, top: bool
    ) -> Iterator[Block]:
        line = self._line(labels[0] if labels else kind)
        objects = list(_objects(value, line)) if top or missing else [one for one in _in(value) if one is not None]
        for one in objects:
            if not missing:
                attributes = tuple((key, self._expression(key, item, depth)) for key, item in one.pairs)
                yield Block(kind, labels, line, attributes, tuple(self.blocks(one, kind, depth + 1)))
                continue
            for label, inner in one.pairs:
                if label != "//":
                    yield from self._labelled(kind, inner, (*labels, label), missing - 1, depth, top=True)

    def _expression(self, key: str, value: Any, depth: int) -> Expression:
        line = self._line(key)
        entries: tuple[tuple[str, Expression], ...] = ()
        if depth > DEEPEST:
            raise BrokenHcl(line, "values are nested too deep to be looked through")
        if isinstance(value, _Object):
            entries = tuple((name, self._expression(name, item, depth + 1)) for name, item in value.pairs)
        text = value if isinstance(value, str) and not any(mark in value for mark in _MARKS) else None
        return Expression(line, text, tuple(self._calls(value)), entries)

    def _calls(self, value: Any) -> Iterator[Call]:
        """Yield what the strings in a value call, those of keys too."""
        waiting = [value]
        while waiting:
            here = waiting.pop()
            if isinstance(here, _Object):
                waiting += [part for pair in here.pairs for part in pair]
            elif isinstance(here, list):
                waiting += here
            elif isinstance(here, str) and ("${" in here or "%{" in here):
                line = self._line(here)
                try:
                    found = calls_in_template(here)
                except BrokenHcl as broken:
                    raise BrokenHcl(line, broken.problem) from None
                yield from (Call(call.name, line, call.arguments) for call in found)

    def _line(self, text: str) -> int:
        """Find where a string stands first; JSON's own reader does not tell."""
        written = json.dumps(text)
        return next((number for number, line in enumerate(self._lines, 1) if written in line), 1)


def _in(value: Any) -> Iterator[_Object | None]:
    if isinstance(value, _Object):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _in(item)
