"""The settings of a control repo, as `infraops.yaml` holds them."""

from typing import Annotated, Literal

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.files.blueprint import Budget
from infraops.models.files.template import Name
from infraops.models.files.vendored import Source

# Clear text goes no further than this machine.
WEBHOOK_PATTERN = (
    r"^https://[A-Za-z0-9.:\[\]-]+([/?][^\s#]*)?$"
    r"|^http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?([/?][^\s#]*)?$"
)
ENV_REFERENCE_PATTERN = r"^env:[A-Za-z_][A-Za-z0-9_]*$"
PRINCIPAL_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.@+=/:-]*$"  # no pattern, no list, no option of a program

Principal = Annotated[str, Field(pattern=PRINCIPAL_PATTERN, max_length=254)]


class TerraformPin(FileModel):
    """The Terraform program this repo uses, and the version it must report (`major.minor` or `major.minor.patch`)."""

    program: str = "embedded"  # embedded | terraform | tofu | an absolute path
    version: str | None = None


class Defaults(FileModel):
    """What a command assumes when it is not told."""

    environment: Name | None = None
    parallelism: int | None = Field(default=None, ge=1)
    keep_runs: int = Field(default=50, ge=1)


class Notify(FileModel):
    """Whom to tell of the end of every run that acts: an address, and the secret that signs what it is told."""

    url: str = Field(pattern=WEBHOOK_PATTERN, max_length=2000)
    secret: str = Field(pattern=ENV_REFERENCE_PATTERN)


class ChangeSettings(FileModel):
    """Who is who where changes need approval: all of it is read from the protected branch, never from another."""

    base: str | None = Field(default=None, min_length=1)  # the protected branch; none: the remote's default branch
    signers: str = "allowed_signers"  # in the form of `man ssh-keygen`, ALLOWED SIGNERS
    revoked: str | None = None  # keys that are good no more: a list of public keys, or a KRL
    groups: dict[Name, Annotated[tuple[Principal, ...], Field(strict=False)]] = {}  # authority → of the signers file
    people: dict[str, Principal] = {}  # a forge's identity → principal


class SettingsFile(FileModel):
    """`infraops.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    terraform: TerraformPin = TerraformPin()
    ledger: str | None = None  # None: SQLite in the user's state directory
    defaults: Defaults = Defaults()
    notify: Notify | None = None
    change: ChangeSettings = ChangeSettings()
    budgets: dict[str, Budget] = {}  # by owner, over all environments
    catalogs: dict[Name, Source] = {}  # templates of other repositories, vendored by `infraops template fetch`
