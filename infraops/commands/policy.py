"""`infraops policy list|explain`: which rules plans are held to, and why."""

from datetime import date

from infraops.commands.selection import did_you_mean
from infraops.commands.surroundings import Surroundings, open_repo
from infraops.errors import UsageError
from infraops.models.answers import Explained, PolicyList, WaiverStanding
from infraops.models.policy import Policies, Rule


def list_rules(surroundings: Surroundings) -> PolicyList:
    """Return every rule, the built-in ones first."""
    policies = open_repo(surroundings).repo.policies
    today = surroundings.now().date()
    return PolicyList(tuple(_explained(rule, policies, today) for rule in policies.rules))


def explain_rule(name: str, surroundings: Surroundings) -> Explained:
    """Return one rule by its name."""
    rules = {rule.name: rule for rule in list_rules(surroundings).rules}
    if name not in rules:
        raise UsageError("looking up the rule", f'there is no rule "{name}"', did_you_mean(name, sorted(rules)))
    return rules[name]


def _explained(rule: Rule, policies: Policies, today: date) -> Explained:
    written = rule.written
    waivers = tuple(
        WaiverStanding(**each.written.model_dump(), place=str(each.place), works=each.written.works(today))
        for each in policies.waivers
        if each.written.rule == rule.name
    )
    return Explained(
        name=rule.name,
        severity=rule.severity,
        when=written.when,
        message=written.message,
        hint=written.hint,
        control=written.control,
        place=str(rule.place),
        built_in=rule.built_in,
        waivers=waivers,
    )
