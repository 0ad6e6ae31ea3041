"""Checking that the change rules of environments can be kept: groups, windows, days, time zones, expressions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from infraops.assessment.expressions import Unusable, try_out
from infraops.assessment.samples import CHANGE_SAMPLES
from infraops.assessment.windows import moment_of, zone_of
from infraops.controlrepo.documents.document import Document, Step
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import dotted, quote, suggest
from infraops.controlrepo.files.find import SETTINGS
from infraops.controlrepo.files.inside import refuse_path
from infraops.controlrepo.stacks.deployments import Deployments
from infraops.models.basics.duration import parse_duration
from infraops.models.files.authority import OWNER, AllOf, AnyOf, ApprovalRules, Requirement, Several
from infraops.models.files.environment import ChangeRules
from infraops.models.files.settings import ChangeSettings, SettingsFile

_ALWAYS = "true"  # what `when` is where nothing is written


@dataclass(frozen=True)
class _Rules:
    """The change rules of one environment, who is who, and where mistakes in them are taken down."""

    written: ChangeRules
    people: ChangeSettings
    document: Document
    mistakes: Mistakes

    def wrong(self, path: Sequence[Step], problem: str, hint: str) -> None:
        """Take down what is wrong at a path."""
        self.mistakes.add(self.document.place(*path), f"{dotted(path)}: {problem}", hint)


def check_authorities(deployments: Deployments, settings: SettingsFile, mistakes: Mistakes) -> None:
    """Check the change rules of every environment against the settings, the files, and the owners of its stacks."""
    knows_people = not any(mistake.place.file == SETTINGS for mistake in mistakes)  # else its groups may be missing
    for name, document in deployments.environments.documents.items():
        rules = _Rules(deployments.environments.known[name].file.change, settings.change, document, mistakes)
        _check_times(rules)
        approval, standard = rules.written.approval, rules.written.standard
        if standard is not None and approval is None:
            problem = "there is nothing to be excused from where no approval is demanded"
            rules.wrong(("change", "standard"), problem, "add approval: {} beside it, or remove it")
        if approval is not None:
            _check_table(approval, rules)
            if knows_people:
                _check_signers(deployments.root, rules)
                _check_groups(approval, rules)
                _check_owners(name, approval, rules, deployments)


def _check_times(rules: _Rules) -> None:
    change = rules.written
    zones: dict[tuple[Step, ...], str] = {
        ("change", "windows", name, "zone"): window.zone for name, window in change.windows.items()
    }
    zones |= {("change", "freezes", number, "zone"): one.zone for number, one in enumerate(change.freezes)}
    for path, zone in zones.items():
        if zone_of(zone) is None:
            hint = suggest(zone, available_timezones(), otherwise="write one of the tz database, such as Europe/Berlin")
            rules.wrong(path, f"there is no time zone {quote(zone)}", hint)
    for number, freeze in enumerate(change.freezes):
        ends = {key: moment_of(text) for key, text in (("from", freeze.from_), ("until", freeze.until))}
        for key, moment in ends.items():
            if moment is None:
                text = freeze.from_ if key == "from" else freeze.until
                hint = "write it as 2026-12-20T00:00"
                rules.wrong(("change", "freezes", number, key), f"there is no day {text.partition('T')[0]}", hint)
        if ends["from"] is not None and ends["until"] is not None and ends["from"] >= ends["until"]:
            rules.wrong(("change", "freezes", number, "until"), "it ends before it begins", "mend one of the two")
    window = change.standard.window if change.standard is not None else None
    if window is not None and window not in change.windows:
        hint = suggest(window, change.windows, none="add it to change.windows")
        rules.wrong(("change", "standard", "window"), f"there is no window {quote(window)}", hint)


def _check_signers(root: Path, rules: _Rules) -> None:
    """Check that the files exist by which signatures are verified."""
    for key, written in (("signers", rules.people.signers), ("revoked", rules.people.revoked)):
        refused = refuse_path(root, written) if written is not None else None
        if refused is not None:
            problem = f"approvals are verified by {quote(str(written))}, which {refused[0]}"
            hint = f"{refused[1]}; {SETTINGS} may name another one: change.{key}"
            rules.wrong(("change", "approval"), problem, hint)


def _check_table(approval: ApprovalRules, rules: _Rules) -> None:
    top: tuple[Step, ...] = ("change", "approval")
    for key, duration in (("expires", approval.expires), ("review_within", approval.review_within)):
        if not parse_duration(duration):
            rules.wrong((*top, key), "expected more than nothing", "write a duration such as 7d")
    named: set[str] = set()
    for number, row in enumerate(approval.authorities):
        path = (*top, "authorities", number)
        if row.name in named:
            rules.wrong((*path, "name"), f"there is a row {quote(row.name)} already", "give this one another name")
        named.add(row.name)
        if row.when == _ALWAYS:
            continue
        try:
            try_out(row.when, CHANGE_SAMPLES)
        except Unusable as error:
            hint = "docs/change.md lists what expressions may use"
            rules.wrong((*path, "when"), f"the expression does not work: {error}", hint)


def _check_groups(approval: ApprovalRules, rules: _Rules) -> None:
    """Check that there are the groups that requirements name, and that they are large enough."""
    groups = rules.people.groups
    for at, name, count in _all_seats(approval):
        if name == OWNER:
            continue
        if name not in groups:
            hint = suggest(name, [*groups, OWNER], otherwise=f"add it to change.groups in {SETTINGS}")
            rules.wrong(at, f"there is no group {quote(name)}", hint)
        elif len(set(groups[name])) < count:
            problem = f"it demands {count} of {name}, which has {len(set(groups[name]))}"
            rules.wrong(at, problem, f"change.groups in {SETTINGS} says who is in it")


def _all_seats(approval: ApprovalRules) -> Iterator[tuple[tuple[Step, ...], str, int]]:
    for number, row in enumerate(approval.authorities):
        yield from _seats(row.demand, ("change", "approval", "authorities", number, "demand"))
    if approval.emergency is not None:
        yield from _seats(approval.emergency, ("change", "approval", "emergency"))


def _seats(requirement: Requirement, path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], str, int]]:
    """Yield for each group in a requirement where it stands, its name, and how many of it are demanded."""
    match requirement:
        case AnyOf(any=parts) | AllOf(all=parts):
            key = "any" if isinstance(requirement, AnyOf) else "all"
            for number, part in enumerate(parts):
                yield from _seats(part, (*path, key, number))
        case Several(of=name, count=count):
            yield (*path, "of"), name, count
        case name:
            yield path, name, 1


def _check_owners(environment: str, approval: ApprovalRules, rules: _Rules, deployments: Deployments) -> None:
    """Check, where a yes of the owner is demanded, that the owner of every stack is a group, and large enough."""
    counts = [count for _, name, count in _all_seats(approval) if name == OWNER]
    if not counts:
        return
    groups, wanted = rules.people.groups, max(counts)
    for deployment in deployments.by_stack.values():
        owner = deployment.blueprint.file.owner
        if deployment.environment.name != environment or len(set(groups.get(owner, ()))) >= wanted:
            continue
        has = f"which has {len(set(groups[owner]))}" if owner in groups else "and there is no such group"
        problem = f"owner: {environment} demands a yes of {wanted} of {quote(owner)}, {has}"
        hint = suggest(owner, groups, otherwise=f"add it to change.groups in {SETTINGS}") if owner not in groups else ""
        hint = hint or f"change.groups in {SETTINGS} says who is in it"
        rules.mistakes.add(deployment.place("owner"), problem, hint)
