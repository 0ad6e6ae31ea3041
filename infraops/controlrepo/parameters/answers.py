"""Values of parameters that are given one by one, on the command line or as answers: each checked by itself."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from infraops.controlrepo.documents.composing import compose_value
from infraops.controlrepo.documents.document import Document, Node
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.documents.words import Wording
from infraops.controlrepo.parameters.model import parameters_model
from infraops.errors import InvalidInput, Mistake, Place
from infraops.models.stacks.stack import Template


def read_value(template: Template, name: str, text: str, *, root: Path) -> tuple[Any, tuple[Mistake, ...]]:
    """Return the value that `text` has as this parameter in a blueprint, and what is wrong with it.

    `root` is the control repo's, for values that are paths. Mistakes are at `--set NAME`.
    """
    source = f"--set {name}"
    mistakes = Mistakes()
    value = compose_value(text, source, mistakes)
    if not mistakes:
        document = Document(source, Node({name: value}, 1, entries={name: (1, Node(value, 1, text))}))
        wording = Wording("parameter", f"of template {template.reference}")
        validate(parameters_model(template.file), document, mistakes, wording=wording, context={"root": root})
    try:
        mistakes.refuse()
    except InvalidInput as invalid:
        return value, tuple(_without_line(mistake, source, name) for mistake in invalid.mistakes)
    return value, ()


def _without_line(mistake: Mistake, source: str, name: str) -> Mistake:
    return replace(mistake, place=Place(source), problem=mistake.problem.removeprefix(f"{name}: "))
