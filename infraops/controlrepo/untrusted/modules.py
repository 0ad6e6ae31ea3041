"""A look at the Terraform modules of stacks that nobody trusts yet, before any program is started on them."""

import os
from collections.abc import Iterator
from pathlib import Path

from infraops.assessment.untrusted import Judgement, judge_calls, judge_module
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_text
from infraops.controlrepo.files.inside import PRIVATE
from infraops.controlrepo.hcl.bodies import blocks_of, calls_in_template
from infraops.controlrepo.hcl.json_syntax import blocks_of_json
from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.errors import Place
from infraops.models.files.allowance import AllowFile
from infraops.models.files.hcl import Block
from infraops.models.stacks.stack import Stack

_JSON = (".tf.json", ".tofu.json")
_CONFIGURATION = (".tf", ".tofu", *_JSON)
_ODD = {
    "may change how Terraform works": ("terraform.rc", ".terraformrc", ".tofurc", ".tfrc"),
    "may give variables other values than the blueprint": (".tfvars", ".tfvars.json"),
    "may be taken for a state": (".tfstate", ".tfstate.backup"),
    "overrides what other files say": tuple(f"override{ending}" for ending in _CONFIGURATION),
}


def look_at_module(stack: Stack, root: Path, allowed: AllowFile, mistakes: Mistakes) -> dict[str, Place]:
    """Look at the module of a stack and all that it reaches; return the providers that it needs, and where.

    Templates that come with infraops are not part of any branch, and are not looked at.
    """
    if stack.template.built_in:
        return {}
    look = _Look(root, stack.template.directory, allowed, mistakes, in_place=stack.module.in_place)
    look.refuse_odd_files(stack.template.directory)
    look.follow(stack.module.directory, Place(look.shown(stack.module.directory)))
    return look.providers


class _Look:
    def __init__(self, root: Path, template: Path, allowed: AllowFile, mistakes: Mistakes, *, in_place: bool) -> None:
        self._root, self._allowed, self._mistakes = root, allowed, mistakes
        self._in_place = in_place
        self._top = (root if in_place else template).resolve()
        self._what = "control repo" if in_place else "template"
        self._seen: set[Path] = set()
        self.providers: dict[str, Place] = {}

    def shown(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix() if path.is_relative_to(self._root) else str(path)

    def refuse_odd_files(self, top: Path) -> None:
        """Refuse files that change how others are read, and links.

        The template is copied with what links lead to, and in the copy a relative path begins somewhere else than here.
        """
        for directory, directories, files in os.walk(top, onerror=self._unreadable):
            for name in (*directories, *files):
                path = Path(directory, name)
                if path.is_symlink():
                    problem = "a symbolic link: what it leads to is planned, and was not looked at there"
                    self._mistakes.add(Place(self.shown(path)), problem, "put the file or directory itself there")
                for why, endings in _ODD.items():
                    if name.endswith(endings):
                        self._mistakes.add(Place(self.shown(path)), f"a file of this name {why}", "remove it")

    def follow(self, directory: Path, place: Place) -> None:
        """Look at a module's directory, those below it, and the modules and files that it names."""
        waiting = [(directory, place)]
        while waiting:
            here, place = waiting.pop()
            if not self._is_inside(here):
                hint = "a template is copied before it is planned: keep all of its modules inside its directory"
                if self._in_place:
                    hint = "keep all modules in directories of the control repo"
                self._mistakes.add(place, f"the module leads out of the {self._what}", hint)
                continue
            if self._in_place and here.resolve() not in self._seen:
                self.refuse_odd_files(here)
            for each in self._below(here.resolve()):
                if each not in self._seen:
                    self._seen.add(each)
                    found = judge_module(dict(self._read(each)), self._allowed)
                    waiting += [(each / child.path, child.place) for child in found.children]
                    self._take(found, each)

    def _below(self, top: Path) -> Iterator[Path]:
        for directory, _, _ in os.walk(top, onerror=self._unreadable):
            yield Path(directory)

    def _read(self, directory: Path) -> Iterator[tuple[str, tuple[Block, ...]]]:
        for path in sorted(directory.iterdir()):
            if not path.name.endswith(_CONFIGURATION) or path.is_dir():
                continue
            shown = self.shown(path)
            text = read_text(path, shown, self._mistakes)
            try:
                if text is not None:
                    yield shown, (blocks_of_json if path.name.endswith(_JSON) else blocks_of)(text)
            except BrokenHcl as broken:
                self._not_understood(shown, broken)

    def _take(self, found: Judgement, directory: Path) -> None:
        for named in found.files:
            path = directory / named.path
            if not self._is_inside(Path(os.path.normpath(path))) or not self._is_inside(path):
                problem = f"{named.path} leads out of the {self._what}"
                self._mistakes.add(named.place, problem, f"keep the files that a module reads inside its {self._what}")
            elif named.template and path.is_file():
                self._look_into_template(path, found)
        self._mistakes.extend(found.refused)
        self.providers |= {source: place for source, place in found.providers.items() if source not in self.providers}

    def _look_into_template(self, path: Path, found: Judgement) -> None:
        shown = self.shown(path)
        text = read_text(path, shown, self._mistakes)
        try:
            calls = calls_in_template(text or "")
        except BrokenHcl as broken:
            self._not_understood(shown, broken)
            return
        inside = Judgement()
        judge_calls(calls, shown, inside)
        found.refused += inside.refused
        for named in inside.files:
            found.refuse(named.place, "a template of templatefile() reads files itself", "read them in the module")

    def _not_understood(self, shown: str, broken: BrokenHcl) -> None:
        hint = "what cannot be looked through does not pass; write it more plainly"
        self._mistakes.add(Place(shown, broken.line), f"not understood by the look: {broken.problem}", hint)

    def _unreadable(self, error: OSError) -> None:
        shown = self.shown(Path(error.filename))
        self._mistakes.add(Place(shown), f"it cannot be read: {error.strerror}", "check its permissions")

    def _is_inside(self, path: Path) -> bool:
        try:
            inside = path.resolve().relative_to(self._top)
            return not (self._in_place and PRIVATE & set(inside.parts))  # where git keeps what it logs in with
        except ValueError:
            return False
        except (OSError, RuntimeError):  # links that go round in circles
            return False
