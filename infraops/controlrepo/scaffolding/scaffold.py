"""The files of a new control repo, and of a new blueprint in one. Pure: texts by relative path."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.parameters.shapes import written_type
from infraops.models.files.settings import TerraformPin
from infraops.models.files.template import Parameter, ParameterType
from infraops.models.stacks.stack import Template

_WIDTH = 110
_README = """\
# {title}

The services of this repository, as infraops blueprints.

| where | what |
|---|---|
| `blueprints/` | one file a service: which template, who owns it, which environments |
| `inventories/` | one directory an environment: platform, state, variables, Ansible's group_vars and host_vars |
| `playbooks/` | playbooks of our own, and their roles |
| `catalog/` | templates of our own, beside the built-in ones |
| `.infraops/` | what infraops writes; may be deleted at any time |

```console
$ infraops validate     # is everything in these files right?
$ infraops plan         # what would change in environment local?
$ infraops apply        # change it
$ infraops new --help   # write another blueprint
$ infraops schema       # let the editor complete and check these files
```

`local` is this machine itself, for templates that touch nothing outside a directory of their own. `lab` makes real
Linux hosts on this machine; `infraops doctor` says whether it can.
"""
_BASELINE = """\
# A playbook of your own: name it in a blueprint of template host-group as `playbook: playbooks/baseline.yml`.
- name: Baseline
  hosts: all
  become: true
  tasks:
    - name: Say whose machine this is
      ansible.builtin.copy:
        content: "Managed by infraops. Changes made by hand are lost.\\n"
        dest: /etc/motd
        mode: "0644"
"""
_DISPOSABLE = """\
change:
  protect_data: false  # a lab is there to be thrown away; elsewhere databases are protected
"""


def scaffold(*, name: str, owner: str, terraform: TerraformPin | None = None) -> Mapping[PurePosixPath, str]:
    """Return the files of a control repo that applies at once: a blueprint that needs nothing but this machine.

    `name` is the repository's, for its README; `owner` the team that the blueprint names; `terraform` is pinned in
    `infraops.yaml`.
    """
    files = {
        "infraops.yaml": _settings(terraform or TerraformPin()),
        "inventories/local/environment.yaml": _environment(
            "local", "This machine itself, for templates that touch nothing outside a directory of their own."
        ),
        "inventories/lab/environment.yaml": _environment("lab", "Real Linux hosts on this machine.") + _DISPOSABLE,
        "blueprints/hello.yaml": _hello(owner),
        "playbooks/baseline.yml": _BASELINE,
        ".gitignore": ".infraops/\n",
        "README.md": _README.format(title=" ".join(name.split()) or "Control repo"),
    }
    return {PurePosixPath(path): text for path, text in files.items()}


def _settings(terraform: TerraformPin) -> str:
    version = "" if terraform.version is None else f"  version: {_text(terraform.version)}\n"
    return (
        "# yaml-language-server: $schema=.infraops/schema/settings.json\n"
        "schema: infraops/v1\n"
        f"terraform:\n  program: {yaml_value(terraform.program)}\n{version}"
        "defaults:\n  environment: local\n"
    )


def _text(text: str) -> str:
    return yaml_value(text) if yaml_value(text).startswith('"') else f'"{text}"'


def _environment(name: str, summary: str) -> str:
    return (
        "# yaml-language-server: $schema=../../.infraops/schema/environment.json\n"
        f"schema: infraops/v1\nname: {name}\nplatform: {name}\nsummary: {yaml_value(summary)}\n"
    )


def _hello(owner: str) -> str:
    return (
        "# yaml-language-server: $schema=../.infraops/schema/blueprint.json\n"
        "schema: infraops/v1\n"
        "name: hello\n"
        "template: hello@1.0\n"
        f"owner: {yaml_value(owner)}\n"
        "summary: The smallest thing that goes down the whole line.\n"
        "parameters:\n  message: Hello from the assembly line\n"
        "environments:\n  local: {}\n"
    )


def new_blueprint(
    template: Template,
    *,
    name: str,
    owner: str,
    environments: Sequence[str],
    parameters: Mapping[str, Any],
    schema: str = "../.infraops/schema/blueprint.json",
) -> str:
    """Write a blueprint of a template: the parameters given, and the others as comments with their defaults.

    `schema` is the path from the blueprint's directory to its JSON Schema.
    """
    lines = [
        f"# yaml-language-server: $schema={schema}",
        "schema: infraops/v1",
        f"name: {yaml_value(name)}",
        f"template: {template.reference}",
        f"owner: {yaml_value(owner)}",
        "# summary: What the service is, in a sentence.",
        *_parameters(template, parameters),
        "environments:",
        *(f"  {yaml_value(environment)}: {{}}" for environment in environments),
        "# inputs: {parameter: blueprint.output}  # outputs of other stacks in the same environment",
        "# depends_on: []  # order without data",
    ]
    return "\n".join(lines) + "\n"


def part_of_blueprint(text: str, line: int) -> tuple[str, str]:
    """Name the key that a line of such a blueprint belongs to, and the entry of it, if it is one; lines from 1."""
    key = entry = ""
    for written in text.splitlines()[:line]:
        name, colon, _ = written.partition(":")
        if colon and not written.startswith(("#", " ")):
            key, entry = name, ""
        elif colon and not name.strip().startswith("#"):
            entry = name.strip()
    return key, entry


def _parameters(template: Template, given: Mapping[str, Any]) -> Iterator[str]:
    declared = template.file.parameters
    unknown = [name for name in given if name not in declared]
    if declared or unknown:
        yield "parameters:" if given else "# parameters:"
    for name, parameter in declared.items():
        for comment in _comments(parameter):
            yield f"  # {comment}"
        if name in given:
            yield f"  {name}: {yaml_value(given[name])}"
        else:
            default = "…" if parameter.default is None else yaml_value(parameter.default)
            yield f"  # {name}: {default}"
    for name in unknown:  # written all the same, so that validation says what is wrong with it
        yield f"  {yaml_value(name)}: {yaml_value(given[name])}"


def _comments(parameter: Parameter) -> Iterator[str]:
    for text in (parameter.description, ", ".join(_facts(parameter))):
        printable = "".join(character if character.isprintable() else " " for character in text)
        yield from textwrap.wrap(" ".join(printable.split()), _WIDTH)


def _facts(parameter: Parameter) -> Iterator[str]:
    kind = parameter.type
    if kind is ParameterType.ENUM:
        yield f"one of {', '.join(yaml_value(value) for value in parameter.values)}"
    else:
        yield written_type(parameter)
    if parameter.min is not None or parameter.max is not None:
        yield " ".join(
            f"{word} {limit}" for word, limit in (("from", parameter.min), ("to", parameter.max)) if limit is not None
        )
    if parameter.sensitive:
        yield "sensitive: env:NAME, file:path or generated:name"
    if parameter.required:
        yield "required"
