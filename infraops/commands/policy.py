"""`infraops policy list|explain`: which rules plans are held to, and why."""

from datetime import date

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import did_you_mean
from infraops.errors import UsageError
from infraops.models.files.policy import Policies, RegoRule, Rule
from infraops.models.reports.answers import Explained, PolicyList, WaiverStanding


def list_rules(surroundings: Surroundings) -> PolicyList:
    """Return every rule, the built-in ones first."""
    policies = open_repo(surroundings).repo.policies
    today = surroundings.now().date()
    rules = [_explained(rule, policies, today) for rule in policies.rules]
    rules += [_explained_rego(rule, policies, today) for rule in policies.rego_rules]
    return PolicyList(tuple(rules))


def explain_rule(name: str, surroundings: Surroundings) -> Explained:
    """Return one rule by its name."""
    rules = {rule.name: rule for rule in list_rules(surroundings).rules}
    if name not in rules:
        raise UsageError("looking up the rule", f'there is no rule "{name}"', did_you_mean(name, sorted(rules)))
    return rules[name]


def _explained(rule: Rule, policies: Policies, today: date) -> Explained:
    written = rule.written
    return Explained(
        name=rule.name,
        severity=rule.severity,
        when=written.when,
        message=written.message,
        hint=written.hint,
        control=written.control,
        place=str(rule.place),
        built_in=rule.built_in,
        waivers=_waivers(rule.name, policies, today),
    )


def _explained_rego(rule: RegoRule, policies: Policies, today: date) -> Explained:
    return Explained(
        name=rule.name,
        severity=rule.severity,
        when=rule.text,
        message=rule.title,
        hint=rule.hint,
        control=rule.control or f"Rego, {rule.place}",
        place=str(rule.place),
        built_in=False,
        waivers=_waivers(rule.name, policies, today),
        kind=rule.kind,
    )


def _waivers(name: str, policies: Policies, today: date) -> tuple[WaiverStanding, ...]:
    return tuple(
        WaiverStanding(**each.written.model_dump(), place=str(each.place), works=each.written.works(today))
        for each in policies.waivers
        if each.written.rule == name
    )
