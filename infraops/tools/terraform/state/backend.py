"""Where a stack's state lives: the settings its backend is given at init, one place for each stack."""

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.basics.workspace import Workspace
from infraops.models.stacks.stack import Stack
from infraops.render.hcl import literal
from infraops.render.providers import filled, filled_in
from infraops.render.state_account import state_account

KEPT_COPIES = 10

# The setting that tells stacks apart, and what it is unless the environment says otherwise. Names of environments and
# blueprints hold no slash and no two hyphens in a row: the stacks a-b/c and a/b-c have states of their own.
_KEYS = {
    "s3": ("key", "{environment}/{blueprint}.tfstate"),
    "gcs": ("prefix", "{environment}/{blueprint}"),
    "azurerm": ("key", "{environment}/{blueprint}.tfstate"),
    "oss": ("key", "{environment}/{blueprint}.tfstate"),
    "cos": ("key", "{environment}/{blueprint}.tfstate"),
    "oci": ("key", "{environment}/{blueprint}.tfstate"),
    "consul": ("path", "{environment}/{blueprint}"),
    "kubernetes": ("secret_suffix", "{environment}--{blueprint}"),
    "pg": ("schema_name", "{environment}/{blueprint}"),
}
PG_NAME_BYTES = 63  # PostgreSQL cuts longer names off, without an error
_PASSWORD = re.compile(r"^\w+://[^/@]*:[^/@]*@|\bpassword\s*=", re.IGNORECASE)


def state_file(stack: Stack, workspace: Workspace) -> Path | None:
    """Return where the state of a stack with the local backend is; None for every other backend.

    That of a renamed stack is where its old name says, until it was moved.
    """
    if stack.environment.file.state.backend != "local":
        return None
    own = state_named(stack.name, workspace)
    if stack.before is None or is_there(own):
        return own
    old = state_named(stack.before, workspace)
    return old if is_there(old) else own


def state_named(stack: str, workspace: Workspace) -> Path:
    """Return where the local state of the stack of this full name belongs."""
    return workspace.terraform_state / f"{stack}.tfstate"


def unsaved(state: Path) -> Path:
    """Return where a state is kept that could not be saved in `state`."""
    return state.with_name(f"{state.name}.unsaved")


def is_there(state: Path) -> bool:
    """Whether there is a state in this file, or one that could not be saved in it."""
    return state.exists() or unsaved(state).exists()


def backend_settings(stack: Stack, workspace: Workspace) -> dict[str, str]:
    """Return the `-backend-config` settings of a stack.

    `{environment}`, `{blueprint}` and `{stack}` in the environment's settings stand for the stack's; a setting that is
    null there is not given at all. Raises InfraOpsError where nothing in them would keep two stacks from sharing one
    state.
    """
    state = stack.environment.file.state
    local = state_file(stack, workspace)
    if local is not None:
        return {"path": str(local)}
    written = {key: _text(value) for key, value in state.config.items() if value is not None}
    if state.backend in _KEYS:
        key, default = _KEYS[state.backend]
        written.setdefault(key, default)
    if not any("{blueprint}" in value or "{stack}" in value for value in written.values()):
        raise InfraOpsError(
            f"choosing where the state of {stack.name} lives",
            f"nothing in the settings of backend {state.backend!r} tells one stack's state from another's",
            f"put {{blueprint}} into a setting in inventories/{stack.environment.name}/environment.yaml: state.config",
        )
    words = {"environment": stack.environment.name, "blueprint": stack.blueprint, "stack": stack.name}
    settings = {key: filled(value, words) for key, value in written.items()}
    account = filled_in(stack, state_account(stack.environment.file))
    settings = {key: _text(value) for key, value in account.items() if key not in state.config} | settings
    _refuse_several_roles(settings, stack)
    if state.backend == "pg":
        _refuse_in_pg(settings, stack)
    return settings


def _text(value: Any) -> str:
    """Write a setting as `-backend-config` takes it: text as it is, all else as an expression."""
    return value if isinstance(value, str) else literal(value)


def _refuse_several_roles(settings: Mapping[str, str], stack: Stack) -> None:
    if settings.get("assume_role", "").startswith("["):
        problem = "the AWS provider goes from role to role, and a backend can only take on one (assume_role)"
        place = f"inventories/{stack.environment.name}/environment.yaml: state.config"
        hint = f"name the one for the state in {place}; or `assume_role: null` for none"
        raise InfraOpsError(f"choosing where the state of {stack.name} lives", problem, hint)


def _refuse_in_pg(settings: Mapping[str, str], stack: Stack) -> None:
    """Refuse names that PostgreSQL would make one, and a password, which the command line and a file would show."""
    doing = f"choosing where the state of {stack.name} lives"
    place = f"inventories/{stack.environment.name}/environment.yaml: state.config"
    if len(settings["schema_name"].encode()) > PG_NAME_BYTES:
        problem = f"the schema {settings['schema_name']} has a longer name than the {PG_NAME_BYTES} bytes of PostgreSQL"
        raise InfraOpsError(doing, problem, f"give schema_name: {{blueprint}} and a database of its own in {place}")
    if _PASSWORD.search(settings.get("conn_str", "")):
        hint = "set PGPASSWORD where infraops runs, and take the password out of the file"
        raise InfraOpsError(doing, f"conn_str holds a password ({place})", hint)


def prepare(state: Path) -> None:
    """Make the directory of a local state file, for its owner alone."""
    state.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    for directory in (state.parent, state.parent.parent):
        directory.chmod(0o700)


def close(state: Path) -> None:
    """Take everybody else's rights to a state file, which Terraform makes as open as the umask allows."""
    for file in (state, state.with_name(f"{state.name}.backup")):
        with suppress(FileNotFoundError):
            file.chmod(0o600)


def copies_of(state: Path) -> Path:
    """Return the directory that holds the copies of a state that belongs into this file."""
    return state.with_name(f"{state.stem}.backups")


def stamp(now: datetime) -> str:
    """Write a time as it names a copy."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"


def backup_state(state: Path, now: datetime) -> Path | None:
    """Copy a local state file into `<name>.backups/` before an apply and keep the newest ten copies.

    Returns the copy, or None where there is no state yet. Copies are readable by their owner alone.
    """
    if not state.exists():
        return None
    directory = copies_of(state)
    directory.mkdir(mode=0o700, exist_ok=True)
    name = f"{stamp(now)}.tfstate"
    part = directory / f".{name}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with state.open("rb") as source, os.fdopen(descriptor, "wb") as target:
        shutil.copyfileobj(source, target)
        os.fsync(target.fileno())
    copy = directory / name
    part.replace(copy)
    drop_old_copies(directory)
    return copy


def drop_old_copies(directory: Path) -> None:
    """Keep the newest ten copies of a state; what was set aside is none of them."""
    for old in sorted(directory.glob("[0-9]*.tfstate"))[:-KEPT_COPIES]:
        old.unlink(missing_ok=True)
