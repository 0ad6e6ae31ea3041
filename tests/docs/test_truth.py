"""The documentation names files, messages, packages and types that exist, and its long example holds together."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.governance.policies import read_policies
from infraops.controlrepo.load import load
from infraops.lab.programs import PACKAGES
from infraops.models.files.policy import Rule
from infraops.models.files.template import ParameterType
from infraops.models.plans.contract import Host
from tests.docs.markdown import DOCS, PAGES, ROOT, blocks, code_spans

RUN = 3  # words


def is_path(span: str) -> bool:
    """Whether inline code names a file or directory of this project, and not one of a user's."""
    ours = span.startswith(("infraops/", "tests/", "docs/", "benchmarks/")) or span.endswith(".py")
    return ours and re.fullmatch(r"[\w./-]+", span) is not None and re.search(r"/v[0-9]+$", span) is None


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    missing = [
        f"{page.relative_to(ROOT)}:{line}: {span}"
        for line, span in code_spans(page)
        if is_path(span) and not (ROOT / span).exists() and not (ROOT / "infraops" / span).exists()
    ]
    assert not missing


@cache
def runs_of_words() -> frozenset[tuple[str, ...]]:
    """Return every run of words that stands in a string of the program."""
    found: set[tuple[str, ...]] = set()
    for file in (ROOT / "infraops").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):  # as a message with `…` for what differs
                found |= set(runs("".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(runs(node.value))
    return frozenset(found)


def runs(text: str) -> Iterator[tuple[str, ...]]:
    words = re.findall(r"[A-Za-z']+", text)
    yield from zip(*(words[start:] for start in range(RUN)), strict=False)


def quoted_messages() -> list[str]:
    text = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")
    return re.findall(r"^> `(.+)`$", text, re.MULTILINE)


@pytest.mark.parametrize("message", quoted_messages())
def test_messages_are_the_program_s_own(message: str) -> None:
    assert set(runs(message)) & runs_of_words(), "no run of three words of it stands in the program"


def test_a_made_up_message_is_noticed() -> None:
    assert not set(runs("purple cheese orbits a quiet submarine")) & runs_of_words()


def test_the_template_page_names_every_type_and_every_field_of_the_contract() -> None:
    spans = {span for _, span in code_spans(DOCS / "template.md")}
    assert {kind.value for kind in ParameterType} <= spans
    assert {field.name for field in dataclasses.fields(Host)} - {"name"} <= spans


def test_the_lab_page_names_every_package_that_must_be_installed() -> None:
    spans = {span for _, span in code_spans(DOCS / "lab.md")}
    everywhere = {"coreutils", "mount", "uidmap"}  # on every Debian, or for a way that needs no root
    assert set(PACKAGES.values()) - everywhere <= spans


def test_the_example_template_holds_together(tmp_path: Path) -> None:
    shown = {block.info: block.text for block in blocks(DOCS / "template.md") if block.info in ("hcl", "yaml template")}
    module = "".join(f"{line.removeprefix('   ')}\n" for line in shown["hcl"].splitlines())
    files = {
        "infraops.yaml": "schema: infraops/v1\n",
        "catalog/queue/template.yaml": shown["yaml template"],
        "catalog/queue/terraform/lab/main.tf": module,
        "catalog/queue/playbook.yml": "[]\n",
        "inventories/lab/environment.yaml": "schema: infraops/v1\nname: lab\nplatform: lab\n",
        "blueprints/jobs.yaml": "schema: infraops/v1\nname: jobs\ntemplate: queue@1.0\nowner: us\n"
        "parameters: {password: 'generated:jobs'}\nenvironments: {lab: {}}\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert list(load(tmp_path, built_in=ROOT / "infraops" / "catalog").stacks) == ["lab/jobs"]


def test_every_built_in_rule_stands_in_the_table() -> None:
    text = (DOCS / "policy.md").read_text()
    for rule in built_in():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{rule.name}` |")), "")
        assert row.startswith(f"| `{rule.name}` | {rule.severity.value} | "), rule.name


def built_in() -> tuple[Rule, ...]:
    rules = read_policies(Path("/nowhere"), Mistakes(), Composed()).rules
    assert rules
    return rules
