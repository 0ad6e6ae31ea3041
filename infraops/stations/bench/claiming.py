"""Holding a stack for a run, so that no two runs work on it; and taking it over from a run that is dead."""

import shutil
import time

from infraops.errors import Interrupted, Locked
from infraops.models.ledger.answers import Owner
from infraops.models.ledger.stacks import StackTakenOver
from infraops.models.ledger.stations import ChildStarted
from infraops.processes import ProcessIdentity, end, is_alive
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import PLAN_FILE, PLAYING, Tools, say, tell

ANSIBLE = "ansible-playbook"  # as configure names it in the ledger
POLL_SECONDS = 0.2


def hold(job: Job, tools: Tools) -> None:
    """Claim the job's stack for this run until the run ends; of a renamed one the old name too.

    A claim of a run that is provably dead (same machine, and its process is gone) is taken over, once what it left at
    work has ended. Raises Locked where another run holds the stack, or may.
    """
    for name in job.stack.names:
        _hold(name, job, tools)


def _hold(name: str, job: Job, tools: Tools) -> None:
    while (other := tools.ledger.claims.take(name, tools.owner)) is not None:
        if not is_dead(other, tools.owner):
            raise Locked(
                f"claiming {name}",
                f"{other} is at work on it",
                f"wait for it; if it is certain that it ended, `infraops unlock {job.stack.name}`",
            )
        _outlast(other, name, job, tools)
        _clear_away(other, tools)  # a plan that came to its end only now
        if tools.ledger.claims.take_over(name, before=other, owner=tools.owner):
            tools.ledger.append(StackTakenOver(other.run), run=tools.run, stack=name)
            say(tools, job, "validate", [f"taken over from run {other.run}, which was killed"], important=True)
            return


def is_dead(owner: Owner, me: Owner) -> bool:
    """Whether a run's process is gone for certain, seen from the process of `me`."""
    if owner.host != me.host:
        return False
    (boot, _, names), (my_boot, _, my_names) = owner.boot.partition(" "), me.boot.partition(" ")
    if boot != my_boot:
        return True
    return names == my_names and not is_alive(ProcessIdentity(owner.pid, owner.started))


def _outlast(owner: Owner, name: str, job: Job, tools: Tools) -> None:
    """Wait for Terraform commands of a dead run, which finish and save what they did; end its playbooks.

    A playbook that nobody listens to proves nothing, and the next one does the same again.
    """
    if owner.boot != tools.owner.boot:
        return
    progress = tell(tools, job, "validate")
    for child in tools.ledger.unended_children(owner.run, name):
        identity = ProcessIdentity(child.pid, child.started)
        if child.program == ANSIBLE:
            end(identity)
        begun = time.monotonic()
        while is_alive(identity):
            if tools.children.interrupted.is_set():
                raise Interrupted(f"waiting for {_named(child)}", "interrupted")
            progress(f"waiting for {_named(child)} of run {owner.run} ({time.monotonic() - begun:.0f} s)")
            time.sleep(POLL_SECONDS)


def _named(child: ChildStarted) -> str:
    return f"{child.program} (pid {child.pid})"


def bury_the_dead(tools: Tools) -> None:
    """Remove what dead runs left behind: plans, which hold secrets and which nobody may apply, and Ansible's files.

    Their claims stay where work may be half done, or a child of theirs still writes, for the run that will take the
    stack over.
    """
    for stack, owner in tools.ledger.claims.all().items():
        if is_dead(owner, tools.owner):
            at_work = _at_work(owner, stack, tools)  # looked at first: what ends meanwhile has written its plan
            _clear_away(owner, tools)
            if stack in tools.proofs and not at_work:
                tools.ledger.claims.release(owner.run, [stack])


def _at_work(owner: Owner, stack: str, tools: Tools) -> bool:
    if owner.boot != tools.owner.boot:
        return False
    children = tools.ledger.unended_children(owner.run, stack)
    return any(is_alive(ProcessIdentity(child.pid, child.started)) for child in children)


def _clear_away(owner: Owner, tools: Tools) -> None:
    for left in (tools.workspace.runs / owner.run).glob(f"*{PLAN_FILE}"):
        left.unlink(missing_ok=True)
    for directory in (tools.workspace.runs / owner.run).glob(f"*{PLAYING}"):
        shutil.rmtree(directory, ignore_errors=True)
