"""Terraform's CLI configuration for stacks that need our own provider: the user's, with one mirror added.

Terraform reads one configuration file. What the user has in theirs keeps working: every installation method stays
and only stops looking for `infraops.local` providers. Tokens are handed over in the environment, never copied.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infraops.errors import InfraOpsError
from infraops.tools.files import write_file

OURS = "infraops.local/*/*"

_TOKEN = re.compile(
    r"""(?P<skip>[\s,]+|\#[^\n]*|//[^\n]*|/\*.*?\*/)
      | (?P<text>"(?:\\.|[^"\\])*"|<<-?(?P<end>\w+)\n.*?\n[ \t]*(?P=end)\b)
      | (?P<open>[{\[]) | (?P<close>[}\]]) | (?P<assign>=) | (?P<word>[^\s{}\[\]="\#,/]+|/)""",
    re.DOTALL | re.VERBOSE,
)


@dataclass(frozen=True)
class _Item:
    """An attribute or a block: its words, and where its whole, and the inside of its value, stand in the text."""

    words: tuple[str, ...]
    start: int
    inside: int  # after the opening bracket, or where a plain value begins
    end: int  # before the closing bracket, or where a plain value ends
    block: bool


def cli_config(environ: Mapping[str, str], mirror: Path, directory: Path, *, program: str) -> dict[str, str]:
    """Write the merged configuration into `directory` and return the variables that make Terraform use it.

    `mirror` is a filesystem mirror that holds `infraops.local` providers. Raises InfraOpsError where the user's
    configuration is in a form that cannot be merged.
    """
    files = _users_files(environ, program)
    texts = [_read(file) for file in files]
    tokens: dict[str, str] = {}
    merged = "\n".join(_without_tokens(text, tokens) for text in texts)
    installations = [item for item in _items(merged) if item.words[0] == "provider_installation"]
    if installations:
        merged = _with_mirror(merged, installations[0], mirror)
    else:
        merged = f"{merged}\n{_installation(environ, mirror)}".lstrip()
    name = hashlib.sha256(merged.encode()).hexdigest()[:12]
    file = directory / f"terraform-{name}.tfrc"
    write_file(file, merged, mode=0o600)
    return {"TF_CLI_CONFIG_FILE": str(file), **tokens}


def _users_files(environ: Mapping[str, str], program: str) -> list[Path]:
    """Find what Terraform itself would read: the file that a variable names, else those of the home directory."""
    for variable in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        if named := environ.get(variable):
            return [Path(named)] if Path(named).is_file() else []
    if not environ.get("HOME"):
        return []
    home = Path(environ["HOME"])
    main = [home / ".tofurc", home / ".terraformrc"] if program.endswith("tofu") else [home / ".terraformrc"]
    rest = sorted(path for path in (home / ".terraform.d").glob("*.tfrc*") if path.name != "credentials.tfrc.json")
    return [path for path in main if path.is_file()][:1] + [path for path in rest if path.suffix in (".tfrc", ".json")]


def _read(file: Path) -> str:
    doing = f"reading the Terraform CLI configuration {file}"
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise InfraOpsError(doing, str(error)) from error
    if text.lstrip().startswith("{"):
        raise InfraOpsError(doing, "it is JSON, which cannot be merged with the lab's provider", "write it in HCL")
    try:
        list(_items(text))
    except ValueError as error:
        raise InfraOpsError(doing, str(error), "does `terraform version` accept it?") from error
    return text


def _items(text: str, start: int = 0, stop: int | None = None) -> Iterator[_Item]:
    """Walk over the items of a body. Raises `ValueError` where brackets or quotes do not match."""
    words: list[str] = []
    begun = opened = depth = 0
    assigned = False
    position, stop = start, len(text) if stop is None else stop
    while position < stop:
        match = _TOKEN.match(text, position, stop)
        if match is None:
            raise ValueError(f"line {text.count(chr(10), 0, position) + 1} is not understood")
        here, position = position, match.end()
        kind = match.lastgroup if match.lastgroup != "end" else "text"
        if kind == "skip":
            continue
        if kind == "open":
            opened = position if depth == 0 else opened
            depth += 1
        elif kind == "close":
            depth -= 1
            if depth < 0:
                raise ValueError(f"line {text.count(chr(10), 0, here) + 1} closes what was never opened")
            if depth == 0 and words:
                yield _Item(tuple(words), begun, opened, here, block=not assigned)
                words, assigned = [], False
        elif depth == 0 and kind == "assign":
            assigned = True
        elif depth == 0 and assigned:
            yield _Item(tuple(words), begun, here, position, block=False)
            words, assigned = [], False
        elif depth == 0:
            begun = begun if words else here
            words.append(match.group().strip('"'))
    if depth:
        raise ValueError("a bracket is never closed")


def _without_tokens(text: str, tokens: dict[str, str]) -> str:
    """Cut `credentials` blocks out and note their tokens as the variables that Terraform reads them from."""
    for item in reversed(list(_items(text))):
        if item.block and len(item.words) == 2 and item.words[0] == "credentials":
            for attribute in _items(text, item.inside, item.end):
                if attribute.words == ("token",):
                    host = item.words[1].replace(".", "_").replace("-", "__")
                    tokens[f"TF_TOKEN_{host}"] = json.loads(text[attribute.inside : attribute.end])
            text = text[: item.start] + text[item.end + 1 :]
    return text


def _with_mirror(text: str, installation: _Item, mirror: Path) -> str:
    insertions = [(installation.end, f"\n{_mirror(mirror)}")]
    for method in _items(text, installation.inside, installation.end):
        if method.words[0] == "dev_overrides":
            continue
        lists = [item for item in _items(text, method.inside, method.end) if item.words == ("exclude",)]
        if lists:
            insertions.append((lists[0].inside, f"{json.dumps(OURS)}, "))
        else:
            insertions.append((method.inside, f"\n    exclude = [{json.dumps(OURS)}]\n"))
    for position, addition in sorted(insertions, reverse=True):
        text = text[:position] + addition + text[position:]
    return text


def _mirror(path: Path, *, only: str = "include", patterns: tuple[str, ...] = (OURS,)) -> str:
    return f"  filesystem_mirror {{\n    path = {json.dumps(str(path))}\n    {only} = {json.dumps(patterns)}\n  }}\n"


def _installation(environ: Mapping[str, str], mirror: Path) -> str:
    """Write what Terraform does without a `provider_installation` block, and our mirror beside it."""
    implied = [directory for directory in _implied_mirrors(environ) if directory.is_dir()]
    held = {"/".join(path.parts[-3:]) for directory in implied for path in directory.glob("*.*/*/*") if path.is_dir()}
    methods = [_mirror(mirror), *(_mirror(directory, only="exclude") for directory in implied)]
    elsewhere = json.dumps([OURS, *sorted(held)])
    return f"provider_installation {{\n{''.join(methods)}  direct {{\n    exclude = {elsewhere}\n  }}\n}}\n"


def _implied_mirrors(environ: Mapping[str, str]) -> list[Path]:
    home = Path(environ.get("HOME") or "/")
    shared = [environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
    shared += (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return [home / ".terraform.d" / "plugins", *(Path(path) / "terraform" / "plugins" for path in shared if path)]
