"""Checking that a template holds together: its parameters, its modules, its playbook and its outputs."""

from pathlib import Path

from infraops.controlrepo.documents import Document
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.parameters import ParameterModels
from infraops.models.stack import Template


def check_template(
    template: Template, document: Document, shown: str, models: ParameterModels, root: Path, mistakes: Mistakes
) -> None:
    """Take down what is wrong with a template whose file is valid by itself."""
