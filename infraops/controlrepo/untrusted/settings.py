"""A look at the settings of a branch that nobody trusts yet: programs, ledger, state, secrets, scratch directories."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import decode, read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.find import SETTINGS
from infraops.errors import InvalidInput, Place
from infraops.models.basics.base import FileModel
from infraops.models.files.allowance import AllowFile
from infraops.models.files.environment import EnvironmentFile, StateBackend
from infraops.models.files.settings import SettingsFile
from infraops.models.stacks.stack import Environment, Stack
from infraops.render.state_account import state_account

M = TypeVar("M", bound=FileModel)
PROGRAMS = ("embedded", "terraform", "tofu")
AtBase = Callable[[str], bytes | None]  # what a file of the control repo held at the base


def read_allow_file(content: bytes, shown: str) -> AllowFile:
    """Read the list that `--allow` names. Raises InvalidInput with all mistakes."""
    mistakes = Mistakes()
    file = _read(AllowFile, content, shown, mistakes)
    mistakes.refuse()
    if file is None:
        raise InvalidInput(mistakes.in_order())
    return file


def look_at_settings(
    settings: SettingsFile, root: Path, allowed: AllowFile, at_base: AtBase | None, mistakes: Mistakes
) -> None:
    """Refuse a Terraform program or a ledger that neither the base nor the list knows, and any inside the checkout."""
    before = None if at_base is None else _at_base(SettingsFile, SETTINGS, at_base)
    program, ledger = settings.terraform.program, settings.ledger
    if program not in PROGRAMS:
        known = allowed.allows("programs", program) or (before is not None and before.terraform.program == program)
        if not known or Path(program).resolve().is_relative_to(root):
            problem = f"terraform.program: {program} is a program of the branch's own choice"
            mistakes.add(_place(root, SETTINGS, "terraform", "program"), problem, f"pin one of {', '.join(PROGRAMS)}")
    if ledger is not None:
        known = allowed.allows("ledgers", ledger) or (before is not None and before.ledger == ledger)
        inside = "://" not in ledger and (root / ledger).resolve().is_relative_to(root)
        if not known or inside or ledger.startswith("sqlite://"):
            hint = "keep it as the base branch has it (--base), or have the list that --allow names name it"
            place = _place(root, SETTINGS, "ledger")
            mistakes.add(place, "ledger: the branch says where runs are recorded, and connects", hint)


def look_at_state(
    environment: Environment, root: Path, allowed: AllowFile, at_base: AtBase | None, mistakes: Mistakes
) -> None:
    """Refuse a state backend that is another than at the base; without a base, one that the list does not know."""
    shown = f"inventories/{environment.name}/environment.yaml"
    state = environment.file.state
    before = None if at_base is None else _at_base(EnvironmentFile, shown, at_base)
    same = before is not None and _state(before) == _state(environment.file)
    if state.backend != "local" and not same and not allowed.allows("backends", state.backend):
        problem = f"state: the backend {state.backend} is reached with credentials, at a place that the branch names"
        hint = "give --base to have it held against the base branch's, or have the list that --allow names name it"
        if before is not None:
            problem, hint = "state: not as it is at the base", "change where states live in a change of its own"
        mistakes.add(_place(root, shown, "state", "backend"), problem, hint)


def look_at_providers(environment: Environment, root: Path, at_base: AtBase | None, mistakes: Mistakes) -> None:
    """Refuse settings of providers that are not as they were at the base: they choose accounts, and run programs."""
    shown = f"inventories/{environment.name}/environment.yaml"
    file = environment.file
    before = None if at_base is None else _at_base(EnvironmentFile, shown, at_base)
    for key in ("providers", "emulator"):
        said = getattr(file, key)
        # To take a setting away chooses as well: another account, or a real one in place of the emulator.
        if said if before is None else getattr(before, key) != said:
            problem, hint = f"{key}: not as it is at the base", "change the account in a change of its own"
            if before is None:
                problem = f"{key}: it says with whose credentials providers work, and where"
                hint = "give --base to have it held against the base branch's"
            mistakes.add(_place(root, shown, key), problem, hint)


def look_at_secrets(stack: Stack, allowed: AllowFile, mistakes: Mistakes) -> None:
    """Refuse references to secrets that the list does not name, those of the environment too."""
    for name, reference in stack.secrets.items():
        if not allowed.allows("secrets", str(reference)):
            problem = f"{name}: the secret {reference} is not on the list"
            mistakes.add(stack.place, problem, "have `secrets` of the list that --allow names name it")
    key = stack.environment.file.change.fingerprint_key
    if key is not None and not allowed.allows("secrets", key):
        place = Place(f"inventories/{stack.environment.name}/environment.yaml")
        problem = f"change.fingerprint_key: the secret {key} is not on the list"
        mistakes.add(place, problem, "have `secrets` of the list that --allow names name it")


def look_at_scratch(directories: Iterable[Path], root: Path, mistakes: Mistakes) -> None:
    """Refuse links where infraops writes: a branch may have committed them."""
    for directory in directories:
        for path in (directory, *directory.parents):
            if path == root:
                break
            if path.is_symlink():
                place = Place(path.relative_to(root).as_posix())
                mistakes.add(place, "a symbolic link where infraops writes its files", "remove it")


def _state(file: EnvironmentFile) -> tuple[StateBackend, dict[str, Any]]:
    return file.state, state_account(file)


def _place(root: Path, shown: str, *path: str) -> Place:
    document: Document | None = read_document(root / shown, shown, Mistakes())
    return Place(shown) if document is None else document.place(*path)


def _at_base(model: type[M], file: str, at_base: AtBase) -> M | None:
    content = at_base(file)
    return None if content is None else _read(model, content, file, Mistakes())


def _read(model: type[M], content: bytes, shown: str, mistakes: Mistakes) -> M | None:
    text = decode(content, shown, mistakes)
    document = None if text is None else compose(text, shown, mistakes)
    return None if document is None else validate(model, document, mistakes)
