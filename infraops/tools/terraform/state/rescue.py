"""A state that Terraform could not save where it belongs, because its backend went away: kept, and saved later.

Terraform leaves it beside the configuration, in a directory that may be deleted at any time, and holds what an apply
made and nothing else knows of.
"""

import shutil

from infraops.errors import InfraOpsError
from infraops.tools.terraform.command import Commander
from infraops.tools.terraform.messages.events import LogLine
from infraops.tools.terraform.program.arguments import arguments
from infraops.tools.terraform.state.site import Site

ERRORED = "errored.tfstate"  # as Terraform calls it


def keep(site: Site) -> bool:
    """Move a state that could not be saved to where nobody clears up, mode 0600; returns whether there was one."""
    errored = site.directory / ERRORED
    if not errored.is_file():
        return False
    errored.chmod(0o600)
    site.rescued.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.move(errored, site.rescued)
    return True


def save_kept(site: Site, commander: Commander, *, patience: str | None) -> None:
    """Save a kept state where it belongs. Terraform refuses where somebody has changed the state since.

    InfraOpsError where it cannot be saved: to go on without it would make all of that a second time.
    """
    keep(site)
    if not site.rescued.is_file():
        return
    command = arguments("state push", str(site.rescued), lock_timeout=patience)
    doing = f"saving the state of {site.stack} that its last apply could not save"
    try:
        commander.run(command, doing=doing)
    except InfraOpsError as error:
        error.hint = error.hint or f"it is in {site.rescued}; that file has to be saved, or moved away, before all else"
        raise
    site.rescued.unlink()
    commander.say(LogLine(f"saved the state that the last apply could not save (from {site.rescued})"))
