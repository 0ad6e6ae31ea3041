"""Running a playbook for one stack, with what a test is not about left out."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured
from infraops.tools.ansible.parts import Part
from infraops.tools.ansible.playbook import configure

_OF_A_PART = ("variables", "secrets", "limit", "on_event", "watch")


def play_alone(play: Path, hosts: Sequence[Host], **options: Any) -> Configured:
    """Run a play; options are those of a part and of the run."""
    own = {name: options.pop(name) for name in _OF_A_PART if name in options}
    part = Part(play.parent.name, play, hosts, **{"variables": {}, "secrets": {}, **own})
    (result,) = configure([part], **options)
    if isinstance(result, InfraOpsError):
        raise result
    return result
