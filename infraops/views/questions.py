"""Asking before anything changes, on a terminal; refusing to guess where there is none."""

import os
import select
import sys
from threading import Event

from rich.text import Text

from infraops.errors import Interrupted, NotApproved
from infraops.models.plans.plan import Counts
from infraops.stations.bench.job import Ask, Question
from infraops.views.console import Streams
from infraops.views.plans import show_stack_plan, total_in_words
from infraops.views.policies import show_policy
from infraops.views.progress import ProgressView

YES = "yes"
POLL_SECONDS = 0.1  # how often the one that waits for an answer looks whether the run was interrupted
UNTOUCHED = "nothing was changed"


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin is not None and sys.stdin.isatty()


def read_line(prompt: str, streams: Streams, *, interrupted: Event, doing: str, hint: str = UNTOUCHED) -> str | None:
    """Ask on the terminal and return the line that was typed; None where the input ended without one.

    Raises Interrupted where a signal came before the line; `hint` says in how far nothing has happened.
    """
    streams.err.print(prompt, end="", soft_wrap=True)
    line = _line(sys.stdin.fileno(), interrupted)
    if line is None:
        streams.err.print()
    if interrupted.is_set():
        raise Interrupted(doing, "interrupted before there was an answer", hint)
    return line


def _line(terminal: int, interrupted: Event) -> str | None:
    """Read a line. `input()` will not do: it goes on reading after a signal, and in a thread it hears of none."""
    typed = b""
    while not interrupted.is_set():
        if not select.select([terminal], [], [], POLL_SECONDS)[0]:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the terminal is gone
            return None
        if not piece:
            return None
        typed += piece
        if typed.endswith(b"\n"):
            return typed.decode(errors="replace").strip()
    return None


def demand(
    prompt: str,
    streams: Streams,
    *,
    interrupted: Event,
    doing: str,
    hint: str = UNTOUCHED,
    wanted: str = YES,
    without: tuple[str, str] = ("there is no terminal to ask on", "add --yes"),
) -> None:
    """Ask, and return where the answer is `wanted`.

    Raises NotApproved where it is another one or none, and, with the problem and the hint of `without`, where there
    is no terminal; Interrupted where a signal came first.
    """
    if not can_ask():
        raise NotApproved(doing, *without)
    answer = read_line(prompt, streams, interrupted=interrupted, doing=doing, hint=hint)
    if answer != wanted:
        raise NotApproved(doing, f'{_named(answer)}; only "{wanted}" goes on', hint)


def _named(answer: str | None) -> str:
    """Name an answer that is not the wanted one; a long one may be a password, and this goes into the record."""
    if not answer:
        return "there was no answer"
    return f'the answer was "{answer}"' if len(answer) <= len(YES) else "the answer was another one"


def asker(streams: Streams, progress: ProgressView, interrupted: Event, *, yes: bool) -> Ask:
    """Return the function that puts a run's question; `yes` answers all but those that go beyond it.

    It raises NotApproved where the answer is not yes or nobody can be asked, Interrupted where the run was.
    """
    asked: list[Question] = []

    def ask(question: Question) -> bool:
        answered = yes and not question.beyond_yes and question.typed_name is None
        asked.append(question)
        with progress.paused():
            # Whoever says yes must see to what, even where nothing else is to be seen.
            if not (streams.json or streams.quiet) or (not answered and can_ask()):
                _show(question, streams)
            if not answered:
                _demand(question, streams, interrupted, later=len(asked) > 1)
        return True

    return ask


def _show(question: Question, streams: Streams) -> None:
    shown = streams.aside
    for job in question.jobs:
        if job.plan is not None:
            pin = (job.stack.template.reference, job.stack.pinned_apart_from)
            show_stack_plan(job.stack.name, job.plan, job.to_configure, shown, cost=job.cost, pin=pin)
            show_policy(job.findings, shown)
    total = sum((job.plan.counts for job in question.jobs if job.plan is not None), start=Counts())
    hosts = sum(len(job.to_configure or ()) for job in question.jobs)
    moves = sum(job.plan is not None and bool(job.plan.state_from) for job in question.jobs)
    shown.out.print(Text(f"Plan: {total_in_words(total, hosts, moves)}.", style="bold"))


def _demand(question: Question, streams: Streams, interrupted: Event, *, later: bool) -> None:
    """Ask; `later` says that the run has changed other stacks by now."""
    verb = "Destroy" if question.destroy else "Forget" if question.forget else "Apply"
    prompt = f"{verb} this in {question.environment}? Only 'yes' goes on: "
    if question.typed_name is not None:
        prompt = f"{verb} in {question.environment}? Type the environment's name to go on: "
    elif question.beyond_yes and can_ask():
        streams.err.print("With real values this plan destroys or replaces something.", style="bold red")
    names = ", ".join(job.stack.name for job in question.jobs)
    demand(
        prompt,
        streams,
        interrupted=interrupted,
        doing="approving the plan",
        without=_why_not(question),
        wanted=question.typed_name or YES,
        hint=f"nothing of {names} was changed" if later else UNTOUCHED,
    )


def _why_not(question: Question) -> tuple[str, str]:
    """Say why there must be an answer and what to do."""
    if question.beyond_yes:
        why = "the plan made with real values destroys or replaces something, which --yes does not cover"
        return why, "run it on a terminal"
    if question.typed_name is not None:
        why = f"{question.environment} demands that its name is typed (change.confirm_name), which --yes does not cover"
        return why, "run it on a terminal"
    if question.forget:
        return "there is no terminal to ask on", "on a terminal it shows what it would let go of; or add --yes"
    look = "infraops plan --destroy" if question.destroy else "infraops plan"
    return "there is no terminal to ask on", f"look at `{look}`, then add --yes"
