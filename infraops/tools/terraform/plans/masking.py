"""Plan documents with sensitive values masked, for rules that are written for `terraform show -json`.

The shape stays what it is: in the place of a value that is marked stands a word, and null stays null.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from infraops.tools.terraform.messages.secrecy import HIDDEN
from infraops.tools.terraform.plans.effect import at_mark

# A part of the document, and the mark beside it that says what in it is sensitive.
_MARKED = {"before": "before_sensitive", "after": "after_sensitive", "values": "sensitive_values"}
# Values of these stand beside a mark `sensitive` of their own: outputs, and variables as they are declared.
_WHOLE = ("value", "default", "constant_value")


def masked(document: Mapping[str, Any], *, hide: Callable[[str], str]) -> dict[str, Any]:
    """Return a copy of a plan document without what it marks as sensitive; `hide` blanks known secrets in texts."""
    declared = _as_map(_as_map(_as_map(document.get("configuration")).get("root_module")).get("variables"))
    secret = {name for name, variable in declared.items() if _as_map(variable).get("sensitive")}
    found = _Masked(hide)(document)
    for name, variable in _as_map(document.get("variables")).items():
        if name in secret or name not in declared:
            found["variables"][name] = {**_as_map(variable), "value": _hidden(_as_map(variable).get("value"))}
    result: dict[str, Any] = found
    return result


class _Masked:
    def __init__(self, hide: Callable[[str], str]) -> None:
        self._hide = hide

    def __call__(self, part: Any) -> Any:
        """Mask in a part of the document what marks beside it speak of."""
        match part:
            case Mapping():
                return dict(self._entries(part))
            case list():
                return [self(each) for each in part]
            case str():
                return self._hide(part)
            case _:
                return part

    def _entries(self, part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        whole = part.get("sensitive") is True
        for key, value in part.items():
            if key in _MARKED and _MARKED[key] in part:
                yield key, self._value(value, part[_MARKED[key]])
            elif whole and key in _WHOLE:
                yield key, _hidden(value)
            else:
                yield key, self(value)

    def _value(self, value: Any, mark: Any) -> Any:
        """Mask in a value what a tree of marks, as Terraform writes them, calls sensitive."""
        if mark is True:
            return _hidden(value)
        match value:
            case str():
                return self._hide(value)
            case Mapping():
                return {self._hide(key): self._value(below, at_mark(mark, key)) for key, below in value.items()}
            case list():
                return [self._value(below, at_mark(mark, place)) for place, below in enumerate(value)]
            case _:
                return value


def _hidden(value: Any) -> Any:
    return None if value is None else HIDDEN


def _as_map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
