"""What the documentation shows is what infraops takes: YAML files load, and commands exist with their options."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from docs.reference_commands import all_commands
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.parameters.model import parameters_model
from infraops.controlrepo.templates.catalog import read_catalog
from infraops.models.files.blueprint import BlueprintFile
from infraops.models.files.environment import EnvironmentFile
from infraops.models.files.prices import PriceFile
from infraops.models.files.settings import SettingsFile
from infraops.models.files.template import TemplateFile
from infraops.models.stacks.stack import Template
from tests.docs.markdown import PAGES, ROOT, Block, blocks, code_spans

MODELS: dict[str, type[BaseModel]] = {
    "blueprint": BlueprintFile,
    "environment": EnvironmentFile,
    "prices": PriceFile,
    "settings": SettingsFile,
    "template": TemplateFile,
}
README = ROOT / "README.md"
FILES = [
    block
    for page in PAGES
    for block in blocks(page)
    if block.info.startswith("yaml ")
    and block.info.split()[1] not in ("file", "edit")  # of docs/hour.md, walked through
]


@cache
def built_in() -> dict[str, Template]:
    return read_catalog(ROOT, ROOT / "infraops" / "catalog", Mistakes(), Composed()).templates


@pytest.mark.parametrize("block", FILES, ids=str)
def test_yaml_loads(block: Block) -> None:
    """A block marked `yaml blueprint` and so on is a whole file; parameters of built-in templates are checked too."""
    mistakes = Mistakes()
    document = compose(block.text, str(block), mistakes)
    assert document is not None
    model = MODELS[block.info.split()[1]]
    file = validate(model, document, mistakes)
    template = built_in().get(file.template) if isinstance(file, BlueprintFile) else None
    if template is not None and "parameters" in document.value:
        validate(parameters_model(template.file), document, mistakes, at=("parameters",))
    mistakes.refuse()
    assert file is not None


def test_there_are_yaml_blocks_of_every_kind() -> None:
    assert {block.info.split()[1] for block in FILES} == MODELS.keys()


def command_lines(page: Path) -> Iterator[tuple[str, str]]:
    """Yield every command line of a page that begins with infraops: in console blocks, sh blocks and inline code."""
    for block in blocks(page):
        lines = (line.strip() for line in block.text.splitlines())  # blocks in lists are indented
        for number, line in enumerate(lines, start=block.line + 1):
            text = line.removeprefix("$ ") if block.info == "console" else line
            prompt = line.startswith("$ ") if block.info == "console" else block.info == "sh"
            if prompt and text.startswith("infraops "):
                yield f"{page.relative_to(ROOT)}:{number}", text
    for number, text in code_spans(page):
        if text.startswith("infraops ") and "/" not in text.split()[1]:
            yield f"{page.relative_to(ROOT)}:{number}", text


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_exist(page: Path) -> None:
    unknown = [f"{place}: {line}" for place, line in command_lines(page) if not is_known(line)]
    assert not unknown


def is_known(line: str) -> bool:
    """Whether a command line names a command (or a group of them) and only options that it has."""
    words = shlex.split(re.split(r" [|>&#;]| && |…", line)[0].replace("<", "").replace(">", ""))[1:]
    if words[:1] in (["--version"], ["--help"], ["--install-completion"], ["--show-completion"]):
        return True
    commands = all_commands()
    name = next((" ".join(words[:length]) for length in (2, 1) if " ".join(words[:length]) in commands), None)
    if name is None:
        return len(words) == 1 and any(other.startswith(f"{words[0]} ") for other in commands)
    after = words[len(name.split()) :]
    own = after[: after.index("--")] if "--" in after else after
    known = {option for one in commands[name].params for option in (*one.opts, *one.secondary_opts)}
    return all(word in known | {"--help", "-h"} for word in own if word.startswith("-"))


def test_command_lines_of_the_readme_are_seen() -> None:
    seen = {line.partition(" #")[0].strip() for _, line in command_lines(README)}
    assert {"infraops plan -e lab", "infraops ledger verify", "infraops init my-infrastructure"} <= seen


def test_unknown_commands_and_options_are_found() -> None:
    assert is_known("infraops plan -e lab --detailed-exitcode | cat")
    assert is_known("infraops ledger verify --head 1:abc")
    assert is_known("infraops ledger")
    assert not is_known("infraops plam")
    assert not is_known("infraops plan --everything")
    assert not is_known("infraops ledger rewrite")
