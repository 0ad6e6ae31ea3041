"""What plans would do, as an engineer reads it: stack by stack, resource by resource, attribute by attribute."""

import json
import re
from collections.abc import Iterable
from typing import Any

from rich.text import Text

from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import (
    Action,
    AttributeChange,
    Counts,
    PlanModel,
    ResourceChange,
    unconfigured_in_words,
)
from infraops.models.runs.run import RunResult
from infraops.views.console import Streams
from infraops.views.costs import cost_in_words, is_worth_a_line, show_budgets
from infraops.views.documents import HIDDEN
from infraops.views.policies import show_policy
from infraops.views.runs import show_orphans, show_proven
from infraops.views.words import SIGN_OF_ACTION, count, first_of, pin_in_words

SHOWN_ALIKE = 3  # resources with the same change that are shown each; the rest are counted
VALUE_WIDTH = 48


def show_plan(result: RunResult, streams: Streams) -> None:
    """Print what each stack's plan would do, then one line over all."""
    for stack in result.stacks:
        if stack.plan is not None:
            pin = (stack.template, stack.pinned_apart_from)
            show_stack_plan(stack.stack, stack.plan, stack.to_configure, streams, cost=stack.cost, pin=pin)
            show_policy(stack.findings, streams)
    show_proven(result, streams)
    show_orphans(result, streams)
    hosts = sum(len(stack.to_configure or ()) for stack in result.stacks)
    moves = sum(stack.plan is not None and bool(stack.plan.state_from) for stack in result.stacks)
    total = total_in_words(result.counts, hosts, moves)
    unplanned = [stack for stack in result.stacks if stack.plan is None and not stack.proven_by]
    if unplanned:
        planned = len(unplanned) < len(result.stacks)
        total = f"{count(len(unplanned), 'stack')} could not be planned" + (f"; else {total}" if planned else "")
    show_budgets(result, streams)
    streams.out.print(Text(f"Plan: {total}{beside(result.unconfigured)}.", style="bold"))


def beside(unconfigured: int) -> str:
    """Say, behind a sum, how many resources changed outside where nothing configures them; nothing of none."""
    return f"; {unconfigured_in_words(unconfigured)}" if unconfigured else ""


def show_stack_plan(
    stack: str,
    plan: PlanModel,
    to_configure: tuple[str, ...] | None,
    streams: Streams,
    *,
    cost: Cost | None = None,
    pin: tuple[str, str] = ("", ""),
) -> None:
    """Print one stack's plan; `pin` is its template, and what its blueprint pins where that is another version."""
    head = Text(stack, style="bold")
    head.append(f"  {counts_in_words(plan.counts)}", style="default")
    streams.out.print(head)
    if pin[1]:
        streams.out.print(Text(f"  template: {pin_in_words(*pin)}", style="cyan"))
    if plan.deferred:
        text = f"  deferred: {', '.join(plan.stand_ins)} are stand-ins; it is planned again when they are real"
        streams.out.print(Text(text, style="yellow"))
    if plan.state_from:
        streams.out.print(Text(f"  state moves from {plan.state_from}", style="yellow"))
    _changes(plan.changes, streams)
    _drift(plan.drift, streams)
    _unconfigured(plan.unconfigured, streams)
    for name in plan.failed_checks:
        streams.out.print(Text(f"  failed check: {name}", style="red"))
    for warning in plan.warnings:
        streams.out.print(Text(f"  warning: {warning}", style="yellow"))
    streams.out.print(Text(f"  configure: {_configuration(to_configure)}", style="dim"))
    if cost is not None and is_worth_a_line(cost):
        streams.out.print(Text(f"  cost: {cost_in_words(cost)}"), soft_wrap=True)


def total_in_words(counts: Counts, hosts: int, moves: int = 0) -> str:
    """Say what a whole plan comes to: resources, states that would move, and hosts that would be configured."""
    if not hosts and not moves:
        return counts_in_words(counts)
    words = [counts_in_words(counts) if counts.total else "no resource changes"]
    words += [f"{count(moves, 'state')} to move"] if moves else []
    words += [f"{count(hosts, 'host')} to configure"] if hosts else []
    return "; ".join(words)


def counts_in_words(counts: Counts) -> str:
    """Say how many resources are added, changed, replaced and destroyed; and imported or forgotten, where any are."""
    if not counts.total:
        return "no changes"
    text = f"{counts.create} to add, {counts.update} to change, {counts.delete} to destroy"
    text = f"{counts.imports} to import, {text}" if counts.imports else text
    text = f"{text}, {counts.replace} to replace" if counts.replace else text
    return f"{text}, {counts.forget} to forget" if counts.forget else text


def _configuration(to_configure: tuple[str, ...] | None) -> str:
    if to_configure is None:
        return "not predictable before its hosts exist"
    if not to_configure:
        return "nothing to do"
    return f"{count(len(to_configure), 'host')}: {first_of(to_configure, SHOWN_ALIKE)}"


def _changes(changes: Iterable[ResourceChange], streams: Streams) -> None:
    """Print changes; of many that are alike, the first few and a count."""
    alike: dict[tuple[str, Action], int] = {}
    for change in changes:
        if change.action is Action.NO_OP and not change.importing:
            continue
        kind = (change.address.partition("[")[0], change.action)
        alike[kind] = alike.get(kind, 0) + 1
        if alike[kind] <= SHOWN_ALIKE:
            _change(change, streams)
    for (address, action), number in alike.items():
        if number > SHOWN_ALIKE:
            sign, style = SIGN_OF_ACTION[action.value]
            streams.out.print(Text(f"  {sign} and {number - SHOWN_ALIKE} more of {address}", style=style))


def _change(change: ResourceChange, streams: Streams) -> None:
    sign, style = SIGN_OF_ACTION[change.action.value]
    line = Text(f"  {sign} {change.address}", style=style)
    if why := why_of(change):
        line.append(f"  ({why})", style="dim")
    streams.out.print(line)
    if change.action in (Action.UPDATE, Action.REPLACE):
        for attribute in change.attributes:
            streams.out.print(_attribute(attribute))


def why_of(change: ResourceChange) -> str:
    """Say why it happens to a resource: by the attributes that force it, else by Terraform's reason; "" without one."""
    forcing = [attribute.path for attribute in change.attributes if attribute.forces_replacement]
    return f"{', '.join(forcing)} forces replacement" if forcing else change.reason.replace("_", " ")


def _attribute(attribute: AttributeChange) -> Text:
    before, after = sides(attribute)
    line = Text(f"      {attribute.path}: {before} → {after}")
    if attribute.forces_replacement:
        line.append("  forces replacement", style="red")
    return line


def show_drift(result: RunResult, streams: Streams) -> None:
    """Print what each stack was found to have become, and what the ledger knows about it."""
    found = [stack for stack in result.stacks if stack.drift is not None and stack.drift.any]
    for stack in found:
        assert stack.drift is not None
        streams.out.print(Text(stack.stack, style="bold"))
        _drift(stack.drift.resources, streams)
        for host, tasks in sorted(stack.drift.hosts.items()):
            streams.out.print(Text(f"    {host}: {count(tasks, 'task')} would change it", style="yellow"))
        if stack.drift.silent:
            streams.out.print(Text(f"    not to be told: {', '.join(stack.drift.silent)}", style="yellow"))
        streams.out.print(Text(f"  {stack.drift.explained}", style="dim"), soft_wrap=True)
    looked_at = [stack for stack in result.stacks if stack.drift is not None]
    for stack in looked_at:
        if stack.drift is not None and stack.drift.unconfigured:
            streams.out.print(Text(stack.stack, style="bold"))
            _unconfigured(stack.drift.unconfigured, streams)
    unseen = [stack for stack in result.stacks if stack.failure is not None or stack.blocked_by]
    blind = f"; {count(len(unseen), 'stack')} could not be looked at" if unseen else ""
    streams.out.print(
        Text(
            f"Drift: {len(found)} of {count(len(looked_at), 'stack')}{blind}{beside(result.unconfigured)}.",
            style="bold",
        )
    )


def _unconfigured(changes: tuple[ResourceChange, ...], streams: Streams) -> None:
    """Name what changed where the configuration sets nothing: most of it is what providers note by themselves."""
    if not changes:
        return
    names = first_of([spared_in_words(change) for change in changes], SHOWN_ALIKE)
    text = f"  {unconfigured_in_words(len(changes))}, which --json lists: {names}"
    streams.out.print(Text(text, style="dim"), soft_wrap=True)


def spared_in_words(change: ResourceChange) -> str:
    """Name a resource, and those of its attributes that changed."""
    names = dict.fromkeys(re.split(r"[.\[]", attribute.path, maxsplit=1)[0] for attribute in change.attributes)
    return f"{change.address} ({', '.join(names)})" if names else change.address


def _drift(drift: tuple[ResourceChange, ...], streams: Streams) -> None:
    if not drift:
        return
    streams.out.print(Text("  changed outside infraops:", style="yellow"))
    for change in drift[:10]:
        what = (
            "is gone"
            if change.action is Action.DELETE
            else "; ".join(_attribute(a).plain.strip() for a in change.attributes)
        )
        streams.out.print(Text(f"    {change.address}: {what}", style="yellow"))
    if len(drift) > 10:
        streams.out.print(Text(f"    and {len(drift) - 10} more", style="yellow"))


def sides(attribute: AttributeChange, width: int = VALUE_WIDTH) -> tuple[str, str]:
    """Write an attribute before and after. Long values are cut so that their first difference is seen."""
    if attribute.sensitive:
        return HIDDEN, "(known after apply)" if attribute.unknown_after else HIDDEN
    if attribute.unknown_after:
        return value_text(attribute.before, width), "(known after apply)"
    texts = [json.dumps(value, ensure_ascii=False, default=str) for value in (attribute.before, attribute.after)]
    alike = next(
        (at for at, (one, other) in enumerate(zip(*texts, strict=False)) if one != other), min(map(len, texts))
    )
    skipped = alike - width // 2 if alike > width // 2 and max(map(len, texts)) > width else 0
    before, after = (_cut(("…" if skipped else "") + text[skipped:], width) for text in texts)
    return before, after


def value_text(value: Any, width: int = VALUE_WIDTH) -> str:
    """Write a value in at most so many characters."""
    return _cut(json.dumps(value, ensure_ascii=False, default=str), width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
