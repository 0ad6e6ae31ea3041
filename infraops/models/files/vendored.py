"""Catalogs from other git repositories: where they are said to be, and what of them was vendored, by digest."""

from typing import Annotated, Literal

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.files.template import Name

REF_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.@+/-]*$"  # no option, no pattern, no refspec
COMMIT_PATTERN = r"^[0-9a-f]{40}([0-9a-f]{24})?$"
DIRECTORY_PATTERN = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"
DIGEST_PATTERN = r"^[0-9a-f]{64}x?$"  # an executable's ends in x


class Source(FileModel):
    """A catalog in another git repository, as `infraops.yaml` names it."""

    git: str = Field(min_length=1)
    ref: str = Field(pattern=REF_PATTERN, max_length=200)
    path: str = Field(default="catalog", min_length=1)


class LockedTemplate(FileModel):
    """A vendored template: how blueprints name it, and the digest of each of its files."""

    reference: str
    files: dict[str, Annotated[str, Field(pattern=DIGEST_PATTERN)]] = Field(min_length=1)


class Locked(FileModel):
    """A catalog as it was vendored: `kind` is what its ref was, as a tag is not meant to move and a branch is."""

    git: str
    ref: str
    path: str
    kind: Literal["tag", "branch", "commit"]
    commit: str = Field(pattern=COMMIT_PATTERN)
    templates: dict[Annotated[str, Field(pattern=DIRECTORY_PATTERN)], LockedTemplate] = {}  # by directory

    @property
    def source(self) -> Source:
        """What `infraops.yaml` said when it was vendored."""
        return Source(git=self.git, ref=self.ref, path=self.path)


class LockFile(FileModel):
    """`catalog/lock.yaml`, which infraops writes and people commit."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    catalogs: dict[Name, Locked] = {}
