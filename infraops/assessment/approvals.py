"""Whether an approval covers what would happen: what it was given for, until when, and what has changed since. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from infraops.models.basics.moments import moment_in_words
from infraops.models.changes.approval import Approval
from infraops.models.changes.change import Change, StackChange

_SKEW = timedelta(minutes=5)  # by how much the clocks of two machines may differ
_SHOWN = 8  # differences that are named; the rest are counted


def why_not_good(approval: Approval, now: Change, *, longest: timedelta, at: datetime) -> str:
    """Say why an approval cannot be used for a change at a moment; empty where it can.

    `longest` is how long one may be good for. What it covers of each stack is another question (`differences`).
    """
    then = approval.change
    if approval.after:
        return "it reviews an emergency afterwards, and allows nothing"
    if then.environment != now.environment:
        return f"it was given for {then.environment}, not for {now.environment}"
    if then.target != now.target:
        return f"it was given for {then.target}; this is {now.target}"
    if approval.issued > at + _SKEW:
        return f"it was signed in the future, {moment_in_words(approval.issued)}; are the clocks right?"
    if at >= approval.expires:
        return f"it expired {moment_in_words(approval.expires)}"
    if at >= approval.issued + longest:
        issued = moment_in_words(approval.issued)
        return f"{now.environment} takes none that is older than {_span(longest)}; it is of {issued}"
    return ""


def differences(then: StackChange, now: StackChange) -> tuple[str, ...]:
    """Say what differs between what was approved of a stack and what would happen; nothing where it is covered.

    Where the approval saw stand-ins and now all values are real, the kinds of actions, their numbers and the cost have
    to stay within the envelope of what was approved.
    """
    found = list(_made_otherwise(then, now))
    if not found and then.deferred and not now.deferred:
        found = list(_beyond_envelope(then, now))
    elif not found and then.fingerprint != now.fingerprint:
        found = list(_other_effects(then.effects, now.effects)) or ["the same resources would change in another way"]
    elif not found and (then.effects.keys() != now.effects.keys() or then.deferred != now.deferred):
        found = ["whoever approved it was shown other effects than those of its fingerprint"]
    if not found and _costs_more(then, now):
        found = [f"it would cost {now.cost_delta:+.2f} a month; {then.cost_delta or 0:+.2f} was approved"]
    return tuple(found)


def _made_otherwise(then: StackChange, now: StackChange) -> Iterator[str]:
    if then.template != now.template:
        yield f"its template was {then.template}, and is {now.template}"
    elif then.template_digest != now.template_digest:
        yield f"files of its template {now.template} have changed since"
    elif then.inputs != now.inputs:
        yield "its blueprint, environment or policies have changed since"
    if then.locks != now.locks:
        yield "its provider lock file has changed since"
    if then.lineage and then.lineage != now.lineage:
        yield "its state is another one, with another lineage"


def _other_effects(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    lines = [
        *(f"approved, and would not happen: {effect}" for effect in then if effect not in now),
        *(f"would happen, and was not approved: {effect}" for effect in now if effect not in then),
        *(f"would happen in another way: {effect}" for effect in now if effect in then and then[effect] != now[effect]),
    ]
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"and {len(lines) - _SHOWN} more"


def _beyond_envelope(then: StackChange, now: StackChange) -> Iterator[str]:
    for kind, number in now.envelope.items():
        allowed = then.envelope.get(kind, 0)
        if number > allowed:
            yield f"with real values it would {kind} {number} times; {allowed} of these were approved"


def _costs_more(then: StackChange, now: StackChange) -> bool:
    if now.cost_delta is None:
        return then.cost_delta is not None
    return now.cost_delta > (then.cost_delta or 0.0) + 0.005


def _span(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours / 24:g} days" if hours >= 48 else f"{hours:g} hours"
