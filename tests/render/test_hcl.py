"""Whatever a value is, real Terraform reads exactly that value back: none of it becomes code."""

import json
import math
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import jinja2
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from infraops import processes
from infraops.models.files.settings import TerraformPin
from infraops.models.files.template import ParameterType
from infraops.render.hcl import Word, literal, quote, templates, word
from infraops.render.stack import render
from infraops.tools.files import copy_template, write
from infraops.tools.terraform.program.embedded import library
from infraops.tools.terraform.program.pinned import find_program
from tests.render.stacks import make_stack, make_template

needs_terraform = pytest.mark.skipif(library() is None, reason="the embedded Terraform is not installed")

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # to shrink an example takes a Terraform for each step
FRAGMENTS = [
    "${",
    "%{",
    "$${",
    "%%{",
    "$",
    "%",
    "{",
    "}",
    '"',
    "\\",
    "\n",
    "\r",
    "\t",
    "\0",
    "\x7f",
    "\u2028",
    "\ufeff",
]
FRAGMENTS += ["<<EOT", "EOT", "#", "//", "/*", "*/", "~", "if true", "file(", "path.root", "é", "日", "\U0001f600", "a"]
texts = st.lists(st.sampled_from(FRAGMENTS)).map("".join) | st.text()
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def terraform(directory: Path, *arguments: str) -> str:
    program = find_program(TerraformPin(), {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]})
    environ = {"PATH": os.environ["PATH"], "HOME": str(directory), "CHECKPOINT_DISABLE": "1"}
    finished = processes.run([*program.argv, *arguments], cwd=directory, env=environ, timeout=60)
    assert finished.exit_code == 0, finished.stdout + finished.stderr
    return finished.stdout


def normal(value: Any) -> Any:
    """The value as Terraform keeps it: texts in Unicode's normal form C, every number one kind."""
    match value:
        case bool() | None:
            return value
        case str():
            return unicodedata.normalize("NFC", value)
        case int() | float():
            return float(value)
        case dict():
            return {normal(key): normal(item) for key, item in value.items()}
        case _:
            return [normal(item) for item in value]


def keys(value: Any) -> Iterator[list[str]]:
    if isinstance(value, dict):
        yield [unicodedata.normalize("NFC", key) for key in value]
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from keys(item)


@needs_terraform
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(st.lists(values, max_size=40))
def test_terraform_reads_back_what_was_written(written: list[Any]) -> None:
    written = [value for value in written if all(len(names) == len(set(names)) for names in keys(value))]
    with TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "main.tf").write_text(f'output "values" {{\n  value = {literal(written)}\n}}\n')
        terraform(directory, "apply", "-auto-approve", "-no-color")
        read = json.loads(terraform(directory, "output", "-json"))["values"]["value"]
    assert normal(read) == normal(written)


@needs_terraform
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)
@given(description=texts, text=texts, many=st.lists(texts), keyed=st.dictionaries(texts, texts))
def test_no_parameter_becomes_code(description: str, text: str, many: list[str], keyed: dict[str, str]) -> None:
    given_values: dict[str, Any] = {
        "text": text,
        "many": many,
        "keyed": {normal(key): value for key, value in keyed.items()},
    }
    module = "".join(
        f'variable "{name}" {{\n  type = any\n}}\noutput "{name}" {{\n  value = var.{name}\n}}\n'
        for name in given_values
    )
    types = {"text": ParameterType.STRING, "many": ParameterType.LIST, "keyed": ParameterType.MAP}
    with TemporaryDirectory() as name:
        root = Path(name)
        described = {key: {"type": kind.value, "description": description} for key, kind in types.items()}
        outputs: dict[str, Any] = {key: {"description": description} for key in types}
        template = make_template(root, module, parameters=described, outputs=outputs)
        stack = make_stack(root, template, **given_values)
        copy_template(template.directory, root / ".infraops/templates/trial-1.0")
        directory = root / ".infraops/stacks/lab/app"
        write(render(stack), directory)
        assert terraform(directory, "fmt", "-check", "-diff", "main.tf") == ""
        terraform(directory, "init", "-backend-config=path=state", "-no-color")
        terraform(directory, "apply", "-auto-approve", "-no-color")
        read = json.loads(terraform(directory, "output", "-json"))
    assert normal({key: read[key]["value"] for key in types}) == normal(given_values)


@needs_terraform
@settings(max_examples=10, deadline=None, phases=QUICK)
@given(st.dictionaries(texts, values, max_size=5))
def test_literals_are_formatted_as_terraform_fmt_would(value: dict[str, Any]) -> None:
    with TemporaryDirectory() as name:
        (Path(name) / "main.tf").write_text(f"locals {{\n  value = {literal(value)}\n}}\n")
        assert terraform(Path(name), "fmt", "-check", "-diff", "main.tf") == ""


@settings(deadline=None)
@given(texts)
def test_a_template_expression_is_a_literal(text: str) -> None:
    rendered = templates().from_string("x = {{ value }}").render(value=text)
    assert rendered == f"x = {quote(text)}"


def test_only_a_checked_word_stands_bare() -> None:
    assert templates().from_string("{{ it }} = 1").render(it=word("name")) == "name = 1"
    for bad in ("", "1a", "a b", 'a"', "a}", "a\n", "${a}"):
        with pytest.raises(ValueError, match="not an HCL identifier"):
            word(bad)
    # What is made of a word is text again.
    assert literal(word("a") + " = 1") == '"a = 1"'
    assert isinstance(word("a"), Word)


def test_what_is_missing_is_an_error() -> None:
    with pytest.raises((jinja2.UndefinedError, TypeError)):
        templates().from_string("x = {{ value }}").render()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_terraform_does_not_know(value: float) -> None:
    with pytest.raises(ValueError, match="not a number that Terraform knows"):
        literal(value)


@settings(deadline=None)
@given(st.text(), st.text(), st.text())
def test_a_stack_changes_no_other_stacks_files(first: str, second: str, third: str) -> None:
    with TemporaryDirectory() as name:
        root = Path(name)
        template = make_template(root, 'variable "text" {}\n', parameters={"text": {"type": "string"}})
        one = make_stack(root, template, blueprint="one", text=first)
        before = render(one)
        assert not any(path.is_absolute() or ".." in path.parts for path in before)
        write(before, root / "one")
        for text in (second, third):
            write(render(make_stack(root, template, blueprint="two", text=text)), root / "two")
        assert write(render(one), root / "one") == ()
