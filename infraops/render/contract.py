"""The contract's outputs, hosts and endpoints, made of a module's other outputs in plain HCL. Pure."""

import re
from collections.abc import Iterator

from infraops.models.files.template import HostsFrom, ParameterType
from infraops.models.stacks.stack import Stack
from infraops.render.hcl import Word, literal, quote, word

LISTED = (ParameterType.LIST, ParameterType.SET, ParameterType.TUPLE)
NAMED = (ParameterType.MAP, ParameterType.OBJECT)
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_-]*)\}")


def placeholders(url: str) -> tuple[str, ...]:
    """Return the names of the outputs that a URL holds as `{name}`."""
    return tuple(_PLACEHOLDER.findall(url))


def hosts_value(stack: Stack, hosts: HostsFrom) -> Word:
    """Write the expression of the output `hosts`.

    A map's keys are the hosts' names. Of a list they are numbered, in its order; of a set, in the order of the
    addresses.
    """
    kind = stack.template.file.outputs[hosts.from_].type
    called = hosts.name or stack.called
    attribute = f".{word(hosts.address)}" if hosts.address is not None else ""
    if kind in NAMED:
        key, address = "key", f"each{attribute}"
        head = f"for key, each in {_output(hosts.from_)} : key"
    elif kind in LISTED:
        many = f"sort({_output(hosts.from_)})" if kind is ParameterType.SET else _output(hosts.from_)
        key, address = "key", f"each{attribute}"
        head = f'for key, each in {many} : format("%s-%02d", {quote(called)}, key + 1)'
    else:
        key, address = "", f"{_output(hosts.from_)}{attribute}"
        head = quote(f"{called}-01")
    settings = (("address", address), *_settings(stack, hosts, key))
    width = max(len(name) for name, _ in settings)
    lines = (f"      {name.ljust(width)} = {value}" for name, value in settings)
    arrow = "=>" if key else "="
    inside = "\n".join((f"    {head} {arrow} {{", *lines, "    }"))
    return Word(f"{{\n{inside}\n  }}")


def _settings(stack: Stack, hosts: HostsFrom, key: str) -> Iterator[tuple[str, str]]:
    yield "port", literal(hosts.port)
    yield "user", literal(hosts.user)
    if hosts.connection != "ssh":
        yield "connection", literal(hosts.connection)
    if hosts.first_use:
        yield "first_use", literal(True)
    yield "groups", literal(hosts.groups)
    yield "vars", literal(dict(sorted(hosts.vars.items())))
    if hosts.identity is not None:
        many = _output(hosts.identity)
        yield "identity", f"{many}[{key}]" if key else many


def endpoints_value(endpoints: dict[str, str]) -> Word:
    """Write the expression of the output `endpoints`: each `{name}` in a URL becomes the output of that name."""
    if not endpoints:
        return Word("{}")
    width = max(map(len, endpoints))
    lines = (f"    {word(name).ljust(width)} = {_url(url)}" for name, url in sorted(endpoints.items()))
    return Word("{\n" + "\n".join(lines) + "\n  }")


def _url(url: str) -> str:
    parts = _PLACEHOLDER.split(url)
    texts = (quote(part)[1:-1] if at % 2 == 0 else f"${{{_output(part)}}}" for at, part in enumerate(parts))
    return f'"{"".join(texts)}"'


def _output(name: str) -> str:
    return f"module.service.{word(name)}"
