"""What a playbook asks of Galaxy: the roles and collections of its `requirements.yml`."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RequirementsFile:
    """One file of requirements, and how many of each kind it names."""

    path: Path
    shown: str  # as messages name it
    roles: int = 0
    collections: int = 0


@dataclass(frozen=True)
class Requirements:
    """All that is required of a playbook's hosts to be there before its first play."""

    directory: Path  # the playbook's: paths in the files lead from here
    files: tuple[RequirementsFile, ...]
    unpinned: tuple[str, ...]  # what may be another one whenever it is installed
    digest: str  # of the files, and of what they name on this machine

    @property
    def shown(self) -> str:
        """The names of the files."""
        return ", ".join(file.shown for file in self.files)

    @property
    def summary(self) -> str:
        """How much is asked for: `2 roles, 1 collection`."""
        counts = (
            ("role", sum(file.roles for file in self.files)),
            ("collection", sum(file.collections for file in self.files)),
        )
        return ", ".join(f"{count} {kind}{'s' if count != 1 else ''}" for kind, count in counts if count)
