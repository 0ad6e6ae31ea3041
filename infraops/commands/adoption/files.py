"""The files of a root module that is being adopted: written beside the control repo first, and moved into it whole."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from infraops.commands.context.surroundings import OpenRepo
from infraops.controlrepo.adoption.adopting import Wish, Written, environment_text
from infraops.controlrepo.adoption.root_modules import LOCK_FILE, RootModule
from infraops.controlrepo.files.find import SETTINGS
from infraops.errors import UsageError
from infraops.tools.files import write_file


def free_names(name: str, opened: OpenRepo, doing: str) -> str:
    """Return a name for the template of a stack: its own where no template has that, else one like it.

    Raises UsageError where a blueprint has the stack's name already.
    """
    root = opened.workspace.root
    known = {stack.blueprint for stack in opened.repo.stacks.values()}
    if name in known or (root / "blueprints" / f"{name}.yaml").exists():
        raise UsageError(doing, f'there is a blueprint "{name}" already', "give this one another --name")
    taken = {template.file.name for template in opened.repo.catalog.values()}
    free = (each for each in (name, f"{name}-root") if each not in taken and not (root / "catalog" / each).exists())
    chosen = next(free, None)
    if chosen is None:
        raise UsageError(doing, f'there is a template "{name}" already', "give this one another --name")
    return chosen


@dataclass(frozen=True)
class Files:
    """The files, in a small control repo at `root` that has nothing else but the settings and the environments."""

    root: Path
    opened: OpenRepo
    wish: Wish
    module: RootModule
    written: Written

    @property
    def listed(self) -> tuple[str, ...]:
        """What is new in the control repo, in the order in which it comes there: the blueprint, which counts, last."""
        name, environment = self.wish.name, f"inventories/{self.wish.environment}"
        locks = [f"{environment}/locks/{name}.terraform.lock.hcl"] if self._lock.is_file() else []
        new = [] if self.wish.environment in self.opened.repo.environments else [f"{environment}/environment.yaml"]
        return (f"catalog/{self.wish.template}/", *locks, *new, f"blueprints/{name}.yaml")

    def write(self) -> None:
        """Write them beside the control repo."""
        name, real = self.wish.name, self.opened.workspace.root
        write_file(self.root / SETTINGS, (real / SETTINGS).read_bytes())
        for environment in self.opened.repo.environments.values():
            relative = environment.directory.relative_to(real) / "environment.yaml"
            write_file(self.root / relative, (real / relative).read_bytes())
        if self.wish.environment not in self.opened.repo.environments:
            new = self.root / "inventories" / self.wish.environment / "environment.yaml"
            write_file(new, environment_text(self.wish))
        template = self.root / "catalog" / self.wish.template
        write_file(template / "template.yaml", self.written.template)
        write_file(
            template / "README.md",
            f"# {self.wish.template}\n\nThe root module that was in `{self.module.directory.name}/`.\n",
        )
        module = template / "terraform" / self.wish.platform
        for path, content in self.module.files.items():
            write_file((module / path).resolve(), content)
        if self._lock.is_file():
            locks = self.root / "inventories" / self.wish.environment / "locks"
            write_file(locks / f"{name}.terraform.lock.hcl", self._lock.read_bytes())
        write_file(self.root / "blueprints" / f"{name}.yaml", self.written.blueprint)

    def move(self) -> None:
        """Move them into the control repo; what cannot be is taken back, all of it."""
        moved: list[Path] = []
        try:
            for each in self.listed:
                target = self.opened.workspace.root / each
                target.parent.mkdir(parents=True, exist_ok=True)
                (self.root / each).rename(target)
                moved.append(target)
        except BaseException:
            for target in reversed(moved):
                shutil.rmtree(target) if target.is_dir() else target.unlink()
            raise

    @property
    def _lock(self) -> Path:
        return self.module.directory / LOCK_FILE
