"""Writing a `template.yaml` as somebody would by hand: short things on one line, long ones below each other. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from infraops.controlrepo.documents.writing import yaml_value

_WIDTH = 100


def template_text(written: Mapping[str, Any], *, schema: str) -> str:
    """Write a template; `schema` is the path from its directory to the JSON Schema."""
    lines = [f"# yaml-language-server: $schema={schema}"]
    for key, value in written.items():
        if isinstance(value, Mapping) and key in ("parameters", "outputs"):
            lines.append(f"{key}:")
            lines += [line for name, one in value.items() for line in _entry(yaml_value(name), one, "  ")]
        else:
            lines += _entry(key, value, "")
    return "\n".join(lines) + "\n"


def _entry(key: str, value: Any, indent: str) -> Iterator[str]:
    on_one_line = f"{indent}{key}: {_quoted_version(key, value)}"
    if len(on_one_line) <= _WIDTH or not isinstance(value, Mapping) or not value:
        yield on_one_line
        return
    yield f"{indent}{key}:"
    for name, one in value.items():
        yield from _entry(yaml_value(name), one, f"{indent}  ")


def _quoted_version(key: str, value: Any) -> str:
    return f'"{value}"' if key == "version" and isinstance(value, str) else yaml_value(value)
