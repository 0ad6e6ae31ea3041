"""Keeping secret values out of everything that Terraform says.

Terraform hides what is marked sensitive, but a provider may repeat a value in an attribute that is not, and an error
may quote it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

HIDDEN = "(sensitive)"
SHORTEST = 4  # to hide a shorter text would blank ordinary words and make nothing safer


class Secrecy:
    """The secret values that one stack's Terraform was handed so far."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def learn(self, values: Mapping[str, Any]) -> None:
        """Take down values to hide; of lists and maps every text in them."""
        self._secrets |= {text for text in _texts(list(values.values())) if len(text) >= SHORTEST}

    def hide(self, text: str) -> str:
        """Blank secret values in a text."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text

    def tells(self, text: str) -> bool:
        """Whether a secret value stands in a text."""
        return any(secret in text for secret in self._secrets)

    def hide_in(self, value: Any) -> Any:
        """Blank secret values in every text of a JSON-like value."""
        if not self._secrets:
            return value
        match value:
            case str():
                return self.hide(value)
            case Mapping():
                return {key: self.hide_in(item) for key, item in value.items()}
            case list():
                return [self.hide_in(item) for item in value]
            case _:
                return value


def marked_sensitive(document: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what a plan document (`terraform show -json`) calls sensitive: values before the change, and after it.

    A value that a secret had before is as secret as the one it gets: it stays valid until the plan is carried out.
    """
    entries = (*document.get("resource_changes", ()), *document.get("resource_drift", ()))
    changes = [entry["change"] for entry in entries] + list(document.get("output_changes", {}).values())
    for change in changes:
        for side in ("before", "after"):
            yield from _marked(change.get(side), change.get(f"{side}_sensitive"))


def _marked(value: Any, mark: Any) -> Iterator[Any]:
    match mark, value:
        case True, _:
            yield value
        case Mapping(), Mapping():
            for key, below in mark.items():
                yield from _marked(value.get(key), below)
        case list(), list():
            for item, below in zip(value, mark, strict=False):
                yield from _marked(item, below)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for item in value.values():
                yield from _texts(item)
        case list() | tuple():
            for item in value:
                yield from _texts(item)
