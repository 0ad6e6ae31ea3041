"""The address of a Terraform resource inside a template's module, taken apart. Pure."""

import json
import re
from dataclasses import dataclass

WITHIN = "module.service."  # how the rendered root module calls the template's module

_NAME = r"[A-Za-z_][A-Za-z0-9_-]*"
_STEP = re.compile(rf'\.?(?P<name>{_NAME})(?:\[(?:(?P<number>[0-9]{{1,9}})|(?P<text>"(?:[^"\\\n]|\\["\\nrt])*"))\])?')

Key = str | int | None  # of one instance, where the resource or module has several


@dataclass(frozen=True)
class Step:
    """A part of an address between two dots, with the key of an instance."""

    name: str
    key: Key = None


@dataclass(frozen=True)
class Address:
    """Modules on the way; then a resource's type and name, both empty where a module itself is meant."""

    modules: tuple[Step, ...] = ()
    type: str = ""
    resource: Step = Step("")

    @property
    def steps(self) -> tuple[Step, ...]:
        """The parts as they are written, one behind the other."""
        inside = [step for module in self.modules for step in (Step("module"), module)]
        return (*inside, Step(self.type), self.resource) if self.type else tuple(inside)

    @property
    def has_keys(self) -> bool:
        """Whether it names one instance of several."""
        return any(step.key is not None for step in self.steps)


def parse_address(text: str) -> Address | None:
    """Take an address apart, such as `lab_host.host["host-01"]` or `module.pool.lab_host.host`; None where it is none.

    Data sources have none here: nobody adopts or forgets them.
    """
    steps = _steps(text)
    if steps is None:
        return None
    modules: list[Step] = []
    while len(steps) > 1 and steps[0] == Step("module"):
        modules.append(steps[1])
        del steps[:2]
    if not steps:
        return Address(tuple(modules))
    if len(steps) != 2 or steps[0].key is not None or steps[0].name in ("module", "data"):
        return None
    return Address(tuple(modules), steps[0].name, steps[1])


def _steps(text: str) -> list[Step] | None:
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or found.group().startswith(".") is not bool(steps):
            return None
        key: Key = None
        if found["number"] is not None:
            key = int(found["number"])
        elif found["text"] is not None:
            key = str(json.loads(found["text"], strict=False))
        steps.append(Step(found["name"], key))
        at = found.end()
    return steps or None
