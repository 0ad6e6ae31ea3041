"""What a shell may offer for a word that is being typed.

It only looks at files, and at no more than it must: a key was pressed, and the next one is on its way. Files that are
not valid are no mistake here.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from infraops.assessment.rego.source import read_rego
from infraops.commands.context.surroundings import BUILT_IN_CATALOG
from infraops.commands.schema import KINDS
from infraops.controlrepo.files.find import SETTINGS, find_root
from infraops.controlrepo.governance.policies import BUILT_IN, DIRECTORY
from infraops.controlrepo.governance.rego import is_rego
from infraops.lines import APPLY
from infraops.models.basics.workspace import workspace_of
from infraops.stations.bench.tools import name_of
from infraops.tools.terraform.state.outputs import outputs_in

_NAME = re.compile(r"^name:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
_OWNER = re.compile(r"^owner:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)
_DEFAULT = re.compile(r"^[ \t{].*?\benvironment:[ \t]*[\"']?([\w.-]+)", re.MULTILINE)


def environments(directory: Path) -> list[str]:
    """Name the environments of the control repo around a directory."""
    return sorted(file.parent.name for file in (find_root(directory) / "inventories").glob("*/environment.yaml"))


def default_environment(directory: Path) -> str | None:
    """Name the environment that is meant where none is named."""
    found = _DEFAULT.search((find_root(directory) / SETTINGS).read_text(encoding="utf-8"))
    known = environments(directory)
    return found[1] if found is not None else known[0] if len(known) == 1 else None


def blueprints(directory: Path, environment: str | None) -> list[str]:
    """Name the blueprints, of an environment if one is given those that speak of it."""
    return _found(_NAME, (text for text in _blueprints(directory) if not environment or _speaks_of(environment, text)))


def owners(directory: Path) -> list[str]:
    """Name the owners that blueprints name."""
    return _found(_OWNER, _blueprints(directory))


def templates(directory: Path) -> list[str]:
    """Name the templates of the catalog, built-in ones and the control repo's."""
    places = (BUILT_IN_CATALOG, find_root(directory) / "catalog")
    return _found(_NAME, (_text(file) for place in places for file in place.glob("*/template.yaml")))


def hosts(directory: Path, environment: str | None, environ: Mapping[str, str]) -> list[str]:
    """Name the hosts that local states know; a state elsewhere is not asked for."""
    states = workspace_of(find_root(directory), environ).terraform_state
    found = (outputs_in(state) or {} for state in states.glob(f"{environment or '*'}/*.tfstate"))
    return sorted({name for outputs in found for name in outputs.get("hosts", {}).get("value") or {}})


def runs(directory: Path) -> list[str]:
    """Name the runs that have logs here, the newest first."""
    return sorted({file.parent.name for file in _logs(directory)}, reverse=True)


def logged_stacks(directory: Path) -> list[str]:
    """Name the stacks that have a log in any run."""
    return sorted({file.stem for file in _logs(directory)})


def stations() -> list[str]:
    """Name the stations behind which an apply may stop."""
    return [name_of(station) for station in APPLY]


def rules(directory: Path) -> list[str]:
    """Name the rules of policy, built-in ones and the control repo's."""
    pattern = re.compile(r"^ *- name: *[\"']?([a-z0-9-]+)", re.MULTILINE)
    own = find_root(directory) / DIRECTORY
    files = [BUILT_IN, *own.rglob("*.y*ml")]
    return sorted({name for file in files for name in pattern.findall(_text(file))} | set(_rego_rules(own)))


def _rego_rules(directory: Path) -> Iterator[str]:
    for file in directory.rglob("*.rego"):
        if is_rego(file.name):
            found = read_rego(_text(file))
            yield from (f"{found.package}.{each.name}" for each in found.definitions if each.is_checked)


def kinds() -> list[str]:
    """Name the kinds of file that have a schema."""
    return list(KINDS)


def _logs(directory: Path) -> Iterator[Path]:
    return (find_root(directory) / ".infraops" / "runs").glob("*/*.log")


def _blueprints(directory: Path) -> Iterator[str]:
    files = (find_root(directory) / "blueprints").rglob("*.y*ml")
    return (_text(file) for file in files if file.suffix in (".yaml", ".yml"))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace")


def _found(pattern: re.Pattern[str], texts: Iterator[str]) -> list[str]:
    return sorted({found[1] for text in texts if (found := pattern.search(text)) is not None})


def _speaks_of(environment: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(environment)}[\"']?:", text) is not None
