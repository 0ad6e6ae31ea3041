"""Reading the settings of the control repo, `infraops.yaml`."""

from collections.abc import Callable
from pathlib import Path

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.environments.reading import Environments
from infraops.controlrepo.files.find import SETTINGS
from infraops.controlrepo.templates.vendored import check_sources
from infraops.models.files.authority import OWNER
from infraops.models.files.settings import SettingsFile

_PROGRAMS = ("embedded", "terraform", "tofu")
_LEDGERS = ("sqlite", "postgresql", "postgres", "postgresql+psycopg")


def read_settings(
    root: Path,
    environments: Environments,
    mistakes: Mistakes,
    *,
    also: Callable[[SettingsFile, Document], None] = lambda settings, document: None,
) -> SettingsFile:
    """Read the settings; where they are mistaken the mistakes are taken down and empty settings returned.

    `also` checks what in them speaks of other files of the control repo.
    """
    document = read_document(root / SETTINGS, SETTINGS, mistakes)
    settings = None if document is None else validate(SettingsFile, document, mistakes)
    if document is None or settings is None:
        return SettingsFile(schema_="infraops/v1")
    program = settings.terraform.program
    if program not in _PROGRAMS and not Path(program).is_absolute():
        problem = f"terraform.program: expected {', '.join(_PROGRAMS)} or an absolute path, found {quote(program)}"
        mistakes.add(document.place("terraform", "program"), problem, suggest(program, _PROGRAMS))
    scheme, is_url, _ = (settings.ledger or "").partition("://")
    if is_url and scheme not in _LEDGERS:  # the rest may hold a password, so no message repeats it
        hint = "give a path, sqlite:///path or postgresql://user@host/database"
        mistakes.add(document.place("ledger"), f"ledger: {quote(scheme)} is no database that can hold it", hint)
    environment = settings.defaults.environment
    if environment is not None and environment not in environments.names:
        problem = f"defaults.environment: there is no environment {quote(environment)}"
        hint = suggest(environment, environments.names, none="add one below inventories/")
        mistakes.add(document.place("defaults", "environment"), problem, hint)
    if OWNER in settings.change.groups:
        problem = f"change.groups.{OWNER}: this word stands for the group called as the stack's owner"
        mistakes.add(document.place("change", "groups", OWNER), problem, "give the group another name")
    check_sources(settings, document, root, mistakes)
    also(settings, document)
    return settings
