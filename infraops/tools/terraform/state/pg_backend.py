"""What Terraform's `pg` backend needs so that stacks in one database do not get into each other's way.

It locks a state by its row. A state that has no row yet is locked by the right to make rows, which is one for the whole
database: the first apply of one stack would hold up all the others. Every lock takes that right for a moment, too, and
gives up where somebody else has it, unless it is given time.
"""

import json
import re
from dataclasses import replace

from infraops.errors import InfraOpsError
from infraops.tools.files import write_file
from infraops.tools.terraform.command import Commander
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.state.site import Site

PG = "pg"
LOCK_TIMEOUT = "20s"
MARKER = ".terraform/infraops-state-row.json"
EMPTY = {"version": 4, "terraform_version": "1.0.0", "serial": 1, "lineage": "infraops", "outputs": {}, "resources": []}

# Two that make the same thing `IF NOT EXISTS` at the same time: PostgreSQL lets one of them fail, in other words where
# the first was done between the other's look and its making.
_RACE = re.compile(r'duplicate key value violates unique constraint "pg_|(?:relation|schema) "[^"]+" already exists')


def lost_a_race(error: InfraOpsError) -> bool:
    """Whether an init failed because another one made the same schema or sequence; it will find it there."""
    return _RACE.search(error.problem) is not None


def reserve(site: Site, commander: Commander) -> None:
    """Give a stack's state its row, with an empty state in it, unless it has one."""
    marker = site.directory / MARKER
    wanted = json.dumps(sorted(site.backend.items()))
    if marker.is_file() and marker.read_text() == wanted:
        return
    doing = f"making the state of {site.stack}"
    # `state` commands refuse to work where the cache of plugins, which they do not need, was not made yet.
    commander = replace(commander, environment={**commander.environment, "TF_PLUGIN_CACHE_DIR": ""})
    if not _has_row(commander, doing):
        empty = site.directory / ".terraform" / "empty.tfstate"
        write_file(empty, json.dumps(EMPTY))
        try:
            commander.run(arguments("state push", str(empty), lock_timeout=LOCK_TIMEOUT), doing=doing)
        except InfraOpsError:
            if not _has_row(commander, doing):  # else another run was quicker
                raise
        finally:
            empty.unlink(missing_ok=True)
    write_file(marker, wanted)


def _has_row(commander: Commander, doing: str) -> bool:
    pulled = commander.run(arguments("state pull"), doing=doing).stdout
    return bool(pulled.strip() and json.loads(pulled).get("lineage"))
