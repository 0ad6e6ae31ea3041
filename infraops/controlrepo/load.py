"""Loading a control repo: every file read once, every reference looked up, every mistake collected."""

from pathlib import Path

from infraops.controlrepo.blueprints import read_blueprints
from infraops.controlrepo.catalog import read_catalog
from infraops.controlrepo.environments import read_environments
from infraops.controlrepo.find import SETTINGS
from infraops.controlrepo.mistakes import Mistakes
from infraops.controlrepo.reading import read_document
from infraops.controlrepo.stacks import resolve_stacks
from infraops.controlrepo.validating import validate
from infraops.models.repo import ControlRepo
from infraops.models.settings import SettingsFile


def load(root: Path, *, built_in: Path) -> ControlRepo:
    """Load and check the control repo at `root`; `built_in` is the directory of the built-in catalog.

    Raises InvalidInput with every mistake in all of its files, sorted by file and line.
    """
    root = root.resolve()
    mistakes = Mistakes()
    document = read_document(root / SETTINGS, SETTINGS, mistakes)
    settings = None if document is None else validate(SettingsFile, document, mistakes)
    catalog = read_catalog(root, built_in.resolve(), mistakes)
    environments = read_environments(root, mistakes)
    blueprints = read_blueprints(root, mistakes)
    stacks = resolve_stacks(root, blueprints, environments, catalog, mistakes)
    mistakes.refuse()
    assert settings is not None
    return ControlRepo(root, settings, environments.known, catalog.templates, stacks)
