"""What became of catalogs of other repositories when they were fetched, or looked at. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Fetch(StrEnum):
    """What was done with a catalog, or found of it."""

    AS_LOCKED = "as locked"
    FETCHED = "fetched"
    RESTORED = "restored"  # to what the lock file says
    REMOVED = "removed"
    NOT_FETCHED = "not fetched"
    DAMAGED = "damaged"  # not as the lock file says
    BEHIND = "behind"  # the branch has gone on
    MOVED = "moved"  # the tag stands for another commit


@dataclass(frozen=True)
class FetchedCatalog:
    """One catalog: what was done, its commit now and before, and which templates came, went or changed.

    `moved` says that its tag stands for another commit than when it was locked. `left_out` are files that were not
    taken, `ignored` those that the control repo's git ignores, so that they would not be committed.
    """

    name: str
    git: str
    ref: str
    done: Fetch
    commit: str = ""
    before: str = ""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()  # same version, other files
    moved: bool = False
    left_out: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True)
class FetchedCatalogs:
    """All catalogs; `ok` is False where a look found what must not be."""

    catalogs: tuple[FetchedCatalog, ...]
    checked: bool = False

    @property
    def ok(self) -> bool:
        """Whether everything is vendored as it was locked, and no tag has moved under it."""
        wrong = (Fetch.NOT_FETCHED, Fetch.DAMAGED, Fetch.MOVED)
        return not self.checked or not any(one.done in wrong for one in self.catalogs)
