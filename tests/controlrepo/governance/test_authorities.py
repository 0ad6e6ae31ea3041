# ruff: noqa: E501 - messages stand here as the user reads them
"""Change rules that cannot be kept are mistakes, told with their place and what was probably meant."""

from pathlib import Path

import pytest

from infraops.models.files.authority import AllOf, AnyOf, Several
from tests.controlrepo.trees import ENVIRONMENT, load_tree, mistakes_in

LAB = "inventories/lab/environment.yaml"
GROUPS = """\
schema: infraops/v1
change:
  groups:
    security: [jo@example.com, al@example.com]
    team-shop: [jo@example.com]
    empty: []
"""


def tree(change: str, settings: str = GROUPS) -> dict[str, str]:
    text = ENVIRONMENT.format(name="lab", platform="lab") + "change:\n" + change
    return {LAB: text, "infraops.yaml": settings, "allowed_signers": ""}


def row(demand: str, when: str = "'true'") -> str:
    return f"  approval:\n    authorities:\n      - name: a-row\n        when: {when}\n        demand: {demand}\n"


DEMAND, WHEN = f"{LAB}:9: change.approval.authorities[0].demand", f"{LAB}:8: change.approval.authorities[0].when"

CASES = [
    pytest.param(row("securty"), f'{DEMAND}: there is no group "securty"; did you mean "security"?', id="group"),
    pytest.param(row("ownr"), f'{DEMAND}: there is no group "ownr"; did you mean "owner"?', id="owner"),
    pytest.param(row("{any: [owner, {all: [nobody-knows]}]}"), f'{DEMAND}.any[1].all[0]: there is no group "nobody-knows"; add it to change.groups in infraops.yaml', id="nested"),
    pytest.param(row("{of: security, count: 3}"), f"{DEMAND}.of: it demands 3 of security, which has 2; change.groups in infraops.yaml says who is in it", id="too few"),
    pytest.param(row("empty"), f"{DEMAND}: it demands 1 of empty, which has 0; ", id="nobody"),
    pytest.param(row("{of: owner, count: 2}"), 'blueprints/shop.yaml:4: owner: lab demands a yes of 2 of "team-shop", which has 1; change.groups in infraops.yaml says who is in it', id="owners too few"),
    pytest.param(row("{anny: [owner]}"), f"{DEMAND}: expected a group, or a mapping with any, all, or of and count; found a mapping; write security, ", id="form"),
    pytest.param(row("{any: [owner], all: [owner]}"), f"{DEMAND}: expected a group, or a mapping with any, all, or of and count; found a mapping; ", id="two forms"),
    pytest.param(row("{any: []}"), f"{DEMAND}.any: expected at least 1 entry, found none", id="none"),
    pytest.param(row("{any: [{of: security, cont: 2, count: 2}]}"), f'{DEMAND}.any[0]: unknown key "cont"; did you mean "count"?', id="key"),
    pytest.param(row("{any: [owner, 3]}"), f'{DEMAND}.any[1]: expected text, found 3; put it in quotes: "3"', id="number"),
    pytest.param(row("{of: security, count: 0}"), f"{DEMAND}.count: expected at least 1, found 0", id="count"),
    pytest.param(row("security", "change.exposs"), f'{WHEN}: the expression does not work: there is no "exposs"; docs/change.md lists what expressions may use', id="field"),
    pytest.param(row("security", "'1 +'"), f"{WHEN}: the expression does not work: at 1:4: Syntax error", id="syntax"),
    pytest.param(row("security", "change.cost.delta"), f"{WHEN}: the expression does not work: it is neither true nor false", id="no answer"),
    pytest.param(row("security") + "      - {name: a-row, demand: security}\n", f'{LAB}:10: change.approval.authorities[1].name: there is a row "a-row" already; give this one another name', id="row twice"),
    pytest.param("  approval: {emergency: nobody}\n", f'{LAB}:5: change.approval.emergency: there is no group "nobody"; add it to ', id="emergency"),
    pytest.param("  approval: {expires: 0d}\n", f"{LAB}:5: change.approval.expires: expected more than nothing; write a duration such as 7d", id="expires"),
    pytest.param("  approval: {review_within: soon}\n", f"{LAB}:5: change.approval.review_within: expected a duration such as 500ms, ", id="duration"),
    pytest.param("  standard: {}\n", f"{LAB}:5: change.standard: there is nothing to be excused from where no approval is demanded; ", id="standard alone"),
    pytest.param("  approval: {}\n  standard: {window: nigt}\n  windows: {night: {}}\n", f'{LAB}:6: change.standard.window: there is no window "nigt"; did you mean "night"?', id="window"),
    pytest.param("  approval: {}\n  standard: {window: night}\n", f'{LAB}:6: change.standard.window: there is no window "night"; add it to change.windows', id="no windows"),
    pytest.param("  windows: {night: {zone: Europe/Berln}}\n", f'{LAB}:5: change.windows.night.zone: there is no time zone "Europe/Berln"; did you mean "Europe/Berlin"?', id="zone"),
    pytest.param("  windows: {night: {zone: localtime}}\n", f'{LAB}:5: change.windows.night.zone: there is no time zone "localtime"; ', id="own zone"),
    pytest.param("  windows: {night: {days: [mo]}}\n", f'{LAB}:5: change.windows.night.days[0]: expected one of mon, tue, wed, thu, fri, sat, sun, found "mo"; did you mean "mon"?', id="day"),
    pytest.param("  windows: {night: {days: []}}\n", f"{LAB}:5: change.windows.night.days: expected at least 1 entry, found none", id="no day"),
    pytest.param("  windows: {night: {from: 9:00}}\n", f'{LAB}:5: change.windows.night.from: expected a time of day such as "09:00", found ', id="clock"),
    pytest.param("  freezes: [{from: 2026-02-30T00:00, until: 2026-03-01T00:00, reason: x}]\n", f"{LAB}:5: change.freezes[0].from: there is no day 2026-02-30; write it as 2026-12-20T00:00", id="no such day"),
    pytest.param("  freezes: [{from: 2026-03-01T00:00, until: 2026-03-01T00:00, reason: x}]\n", f"{LAB}:5: change.freezes[0].until: it ends before it begins; mend one of the two", id="backwards"),
    pytest.param("  freezes: [{from: 2026-03-01, until: 2026-03-02T00:00, reason: x}]\n", f'{LAB}:5: change.freezes[0].from: expected a day and a time such as 2026-12-20T00:00, found "2026-03-01"', id="no time"),
    pytest.param("  freezes: [{from: 2026-03-01T00:00, until: 2026-03-02T00:00}]\n", f'{LAB}:5: the key "change.freezes[0].reason" is missing; add it', id="no reason"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "mistake"), CASES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, change: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, tree(change))
    assert found.startswith(mistake)


SETTINGS = [
    pytest.param("{owner: [jo]}", "infraops.yaml:3: change.groups.owner: this word stands for the group called as the stack's owner", id="owner"),
    pytest.param("{a: [jo, '*']}", 'infraops.yaml:3: change.groups.a[1]: expected a principal such as jo@example.com, found "*"', id="pattern"),
    pytest.param("{a: ['jo,al']}", 'infraops.yaml:3: change.groups.a[0]: expected a principal such as jo@example.com, found "jo,al"', id="list"),
    pytest.param("{a: ['-n']}", 'infraops.yaml:3: change.groups.a[0]: expected a principal such as jo@example.com, found "-n"', id="option"),
    pytest.param("{a: jo}", 'infraops.yaml:3: change.groups.a: expected a list, found "jo"; write [jo]', id="no list"),
    pytest.param("{}\n  people: {'@jo': 'jo al'}", 'infraops.yaml:4: change.people.@jo: expected a principal such as jo@example.com, found "jo al"', id="people"),
]  # fmt: skip


@pytest.mark.parametrize(("groups", "mistake"), SETTINGS)
def test_a_mistake_in_the_settings_is_told_alone(tmp_path: Path, groups: str, mistake: str) -> None:
    (found,) = mistakes_in(tmp_path, tree(row("security"), f"schema: infraops/v1\nchange:\n  groups: {groups}\n"))
    assert found.startswith(mistake)


@pytest.mark.parametrize(
    ("written", "mistake"),
    [
        ("signers: nope", '"nope", which does not exist; make it, or mend the path; infraops.yaml may name another one: change.signers'),
        ("signers: ../keys", '"../keys", which leads out through ..'),
        ("revoked: gone", '"gone", which does not exist; make it, or mend the path; infraops.yaml may name another one: change.revoked'),
    ],
)  # fmt: skip
def test_the_files_by_which_signatures_are_verified_are_there(tmp_path: Path, written: str, mistake: str) -> None:
    settings = f"schema: infraops/v1\nchange: {{{written}}}\n"
    (found,) = mistakes_in(tmp_path, tree("  approval: {}\n", settings))
    assert found.startswith(f"{LAB}:5: change.approval: approvals are verified by {mistake}")


def test_nobody_misses_them_where_no_approval_is_demanded(tmp_path: Path) -> None:
    assert mistakes_in(tmp_path, {"infraops.yaml": "schema: infraops/v1\nchange: {signers: nope}\n"}) == []


@pytest.mark.parametrize(("owner", "told"), [("team-shp", 1), ("team-shop", 0), ("Team Shop <shop@example.com>", 1)])
def test_an_owner_is_a_group_where_a_yes_of_the_owner_is_demanded(tmp_path: Path, owner: str, told: int) -> None:
    text = (
        f"schema: infraops/v1\nname: shop\ntemplate: web@1.0\nowner: {owner}\nenvironments: {{lab: {{}}, prod: {{}}}}\n"
    )
    found = mistakes_in(tmp_path, {**tree(row("{any: [owner, security]}")), "blueprints/shop.yaml": text})
    assert len(found) == told
    for mistake in found:
        assert mistake.startswith(
            f'blueprints/shop.yaml:4: owner: lab demands a yes of 1 of "{owner}", and there is no such group'
        )
    assert mistakes_in(tmp_path, {**tree(row("security")), "blueprints/shop.yaml": text}) == []


def test_requirements_are_read_as_they_are_meant(tmp_path: Path) -> None:
    repo = load_tree(tmp_path, tree(row("{all: [owner, {any: [security, {of: security, count: 2}]}]}")))
    approval = repo.environments["lab"].file.change.approval
    assert approval is not None
    nested = AnyOf(any=("security", Several(of="security", count=2)))
    assert approval.authorities[0].demand == AllOf(all=("owner", nested))
