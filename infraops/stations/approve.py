"""Station approve: one question for the whole run, within the environment's limits; nothing is approved silently."""

from infraops.errors import Denied, NotApproved
from infraops.models.files.environment import ChangeRules
from infraops.models.plans.plan import Counts
from infraops.models.runs.run import APPROVE
from infraops.stations.bench.job import Job, Question
from infraops.stations.bench.tools import Gate, Tools
from infraops.stations.change_control.authorise import authorise, take_down_yes


def ask_once(jobs: tuple[Job, ...], tools: Tools, again: bool) -> None:
    """Ask whether these plans may be carried out; return if yes.

    `again` says that the plan was made a second time, with real values: `--yes` was given to another one, and does not
    cover what this one loses. Signed approvals say themselves how far such a plan may go, so nobody is asked then.
    Raises Denied where the environment's limit is exceeded, NotApproved where the answer is no, and Interrupted where
    a signal came before the answer.
    """
    counts = sum((job.plan.counts for job in jobs if job.plan is not None), start=Counts())
    environment = jobs[0].stack.environment
    refuse_too_much_loss(counts, environment.file.change, environment.name)
    authorise(jobs, tools)
    if not needs_asking(jobs, counts) or (again and tools.control is not None):
        take_down_yes(jobs, tools, "nothing that has to be asked")
        return
    question = Question(
        environment=environment.name,
        jobs=jobs,
        destroy=tools.options.destroy,
        forget=tools.options.forget,
        typed_name=environment.name if environment.file.change.confirm_name else None,
        beyond_yes=again and bool(counts.destructive),
    )
    if not tools.ask(question):
        raise NotApproved("approving the plan", "the answer was no", "nothing was changed")
    take_down_yes(jobs, tools, "the question was answered with yes")


def needs_asking(jobs: tuple[Job, ...], counts: Counts) -> bool:
    """Whether the run would change anything that somebody should say yes to."""
    for job in jobs:
        if job.to_configure or (job.to_configure is None and job.stack.has_playbook):
            return True
        if job.plan is not None and (job.plan.deferred or not job.plan.empty):
            return True
    return bool(counts.total)


def refuse_too_much_loss(counts: Counts, rules: ChangeRules, environment: str) -> None:
    """Raise Denied if a run would destroy or replace more resources than the environment allows one run."""
    if rules.max_destroy is not None and counts.destructive > rules.max_destroy:
        raise Denied(
            "assessing the run",
            f"it would destroy or replace {counts.destructive} resource{'s' if counts.destructive != 1 else ''}; "
            f"{environment} allows {rules.max_destroy} a run",
            "select fewer stacks, or raise change.max_destroy in the environment's environment.yaml",
        )


approve = Gate(APPROVE, ask_once)
