"""Asking before anything changes, on a terminal; refusing to guess where there is none."""

import sys

from rich.text import Text

from infraops.errors import NotApproved
from infraops.models.plan import Counts
from infraops.stations.job import Ask, Question
from infraops.views.console import Streams
from infraops.views.plans import counts_in_words, show_stack_plan
from infraops.views.progress import ProgressView


def asker(streams: Streams, progress: ProgressView, *, yes: bool) -> Ask:
    """Return the function that puts a run's question; `yes` answers all but those that go beyond it.

    It raises NotApproved where a question must be answered and there is no terminal to answer on.
    """

    def ask(question: Question) -> bool:
        with progress.paused():
            if not streams.json and not streams.quiet:
                _show(question, streams)
            if yes and not question.beyond_yes and question.typed_name is None:
                return True
            return _answer(question, streams)

    return ask


def _show(question: Question, streams: Streams) -> None:
    shown = Streams(streams.err, streams.err)
    for job in question.jobs:
        if job.plan is not None:
            show_stack_plan(job.stack.name, job.plan, job.to_configure, shown)
    total = sum((job.plan.counts for job in question.jobs if job.plan is not None), start=Counts())
    shown.out.print(Text(f"Plan: {counts_in_words(total)}.", style="bold"))


def _answer(question: Question, streams: Streams) -> bool:
    if not sys.stdin.isatty():
        raise NotApproved("approving the plan", *_why_not(question))
    verb = "Destroy" if question.destroy else "Apply"
    if question.typed_name is not None:
        prompt = f"{verb} in {question.environment}? Type the environment's name to go on: "
        return streams.err.input(prompt).strip() == question.typed_name
    if question.beyond_yes:
        streams.err.print("With real values this plan destroys or replaces something.", style="bold red")
    return streams.err.input(f"{verb} this in {question.environment}? Only 'yes' goes on: ").strip() == "yes"


def _why_not(question: Question) -> tuple[str, str]:
    """Say why there must be an answer and what to do."""
    if question.beyond_yes:
        why = "the plan made with real values destroys or replaces something, which --yes does not cover"
        return why, "run it on a terminal"
    if question.typed_name is not None:
        why = f"{question.environment} demands that its name is typed (change.confirm_name), which --yes does not cover"
        return why, "run it on a terminal"
    return "there is no terminal to ask on", "look at `infraops plan`, then add --yes"
