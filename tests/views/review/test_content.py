"""What a review says: what matters most comes first, and what is not known is not called harmless."""

from dataclasses import replace

import pytest

from infraops.models.ledger.runs import GitState
from infraops.models.plans.plan import Action, AttributeChange, PlanModel, ResourceChange
from infraops.models.runs.run import Failure, StackResult
from infraops.views.review.content import page_of, review_document
from infraops.views.review.page import Gravity
from tests.views.review.cases import change, finding, review, stack, unplanned


@pytest.mark.parametrize(
    ("stacks", "verdict", "gravity"),
    [
        ((), "Nothing would change.", Gravity.NOTHING),
        ((stack("web"),), "Nothing would change.", Gravity.NOTHING),
        (
            (stack("web", change(Action.CREATE)), stack("db", change(Action.UPDATE), to_configure=("db-01",))),
            "2 stacks: 1 to add, 1 to change, 1 stack to configure. Nothing is destroyed.",
            Gravity.CHANGES,
        ),
        (
            (stack("web", to_configure=("web-01",)),),
            "1 stack: 1 stack to configure. Nothing is destroyed.",
            Gravity.CONFIGURES,
        ),
        (
            (stack("web", change(Action.CREATE)), stack("db", change(Action.REPLACE))),
            "Destroys or replaces 1 resource of lab/db. 2 stacks: 1 to add, 1 to replace.",
            Gravity.LOSES,
        ),
        (
            (stack("web", change(Action.UNKNOWN)),),
            "Destroys or replaces 1 resource of lab/web. 1 stack: 1 to replace.",
            Gravity.LOSES,
        ),
        (
            (unplanned("db", exit_code=4), stack("web", change(Action.DELETE)), unplanned("a")),
            "Denied: a rule forbids the plan of lab/db. Of the others, 1 stack: 1 to destroy.",
            Gravity.DENIED,
        ),
        (
            (unplanned("db"), stack("web", change(Action.DELETE))),
            "Cannot be judged: lab/db could not be planned. Of the others, 1 stack: 1 to destroy.",
            Gravity.UNJUDGED,
        ),
    ],
)
def test_the_verdict(stacks: tuple[StackResult, ...], verdict: str, gravity: Gravity) -> None:
    page = page_of(review(*stacks))
    assert (page.verdict, page.gravity) == (verdict, gravity)


def test_the_gravest_stand_first_and_the_untouched_are_counted() -> None:
    page = page_of(
        review(
            stack("a", change(Action.CREATE)),
            stack("b"),
            stack("c", change(Action.DELETE)),
            unplanned("d"),
            stack("e", proven_by="20261121-000000-0000"),
            orphans=("lab/old",),
        )
    )
    assert [part.subject.stack for part in page.parts] == ["lab/d", "lab/c", "lab/a"]
    assert page.untouched.startswith("Nothing happens to 2 other stacks, 1 of them proven up to date")
    assert page.asides == (
        "Deployed without a blueprint: lab/old (moved_from in a blueprint takes it over, infraops destroy --orphans "
        "removes it).",
    )


def test_a_rule_over_the_whole_run_comes_first() -> None:
    limited = review(stack("web", change(Action.DELETE)))
    failure = Failure("approve", "assessing the run", "it would destroy or replace 1 resource; lab allows 0 a run")
    page = page_of(replace(limited, result=replace(limited.result, failure=failure)))
    assert page.verdict.startswith("Denied: it would destroy or replace 1 resource; lab allows 0 a run. 1 stack: 1")
    assert page.gravity is Gravity.DENIED


def test_where_a_long_value_differs_is_seen() -> None:
    long = "B" * 400
    changed = change(Action.UPDATE, before=f"{long}-one-{long}", after=f"{long}-two-{long}")
    (part,) = page_of(review(stack("web", changed))).parts
    (attribute,) = part.changes[0].attributes
    assert "-one-" in attribute
    assert "-two-" in attribute
    assert len(attribute) < 450


def test_what_is_not_real_yet_changes_something() -> None:
    (part,) = page_of(review(stack("web", plan=PlanModel(stand_ins=("url",)), to_configure=None))).parts
    assert part.gravity is Gravity.CHANGES
    assert part.also == ("configures hosts yet to be made",)
    assert part.notes[0].startswith("deferred: url not real yet")


def test_what_is_imported_forgotten_and_moved_is_named() -> None:
    adopted = ResourceChange("a.b", "a", Action.NO_OP, importing="i-1")
    plan = PlanModel((adopted, change(Action.FORGET)), state_from="lab/old")
    page = page_of(review(stack("web", plan=plan, to_configure=("web-01",))))
    assert (
        page.verdict
        == "1 stack: 1 to import, 1 to forget, 1 state to move, 1 stack to configure. Nothing is destroyed."
    )
    (part,) = page.parts
    assert part.also == ("imports 1", "forgets 1", "takes over the state of lab/old", "configures 1 host")
    assert [(line.sign, line.address) for line in part.changes] == [("=", "a.b"), (".", "module.service.disk.data")]


def test_drift_alone_is_shown() -> None:
    drifted = stack("web", plan=PlanModel(drift=(change(Action.UPDATE),)))
    (part,) = page_of(review(drifted)).parts
    assert [line.address for line in part.drift] == ["module.service.disk.data"]


def test_what_nothing_configures_is_counted_also_where_nothing_else_happens() -> None:
    spared = tuple(change(Action.UPDATE, f"module.service.disk.{name}") for name in ("a", "b"))
    quiet = stack("web", plan=PlanModel(unconfigured=spared))
    busy = stack("api", plan=PlanModel((change(Action.UPDATE),), unconfigured=(*spared, *spared)))
    page = page_of(review(quiet, busy))
    (part,) = page.parts
    assert part.also == ("4 resources changed outside where nothing configures them",)
    names = "module.service.disk.a (size), module.service.disk.b (size)"
    assert part.notes[0] == f"4 resources changed outside where nothing configures them: {names}, {names}"
    (aside,) = page.asides
    assert aside.startswith(
        f"6 resources changed outside where nothing configures them: {names}, module.service.disk.a"
    )
    assert aside.endswith(" and 3 more.")
    assert page.untouched == "Nothing happens to 1 other stack."
    assert page_of(review(stack("web"))).asides == ()
    assert review_document(review(quiet, busy))["run"]["unconfigured"] == 6


def test_what_a_resource_will_have_and_what_forces_it_anew() -> None:
    attributes = (
        AttributeChange("name", None, "web-01"),
        AttributeChange("id", unknown_after=True),
        AttributeChange("password", sensitive=True),
        AttributeChange("comment"),
    )
    created = ResourceChange("a.b", "a", Action.CREATE, attributes=attributes)
    replaced = change(Action.REPLACE, before="x", after="y", forces_replacement=True)
    (part,) = page_of(review(stack("web", created, replaced))).parts
    first, second = part.changes
    assert first.attributes == ('name: "web-01"', "password: (sensitive)", "(1 attribute known after apply)")
    assert (second.why, second.attributes) == ("size forces replacement", ('size: "x" → "y"',))


def test_of_many_that_are_alike_three_are_shown() -> None:
    many = [change(Action.CREATE, f"module.service.host[{number}]") for number in range(27)]
    (part,) = page_of(review(stack("web", *many))).parts
    assert [line.address for line in part.changes][2:] == ["module.service.host[2]", "module.service.host[…]"]
    assert part.changes[-1].why == "and 24 more like these"


def test_rules_that_are_broken_are_told_even_where_nothing_happens() -> None:
    said = "lab <b>is</b> untidy (rule tidy, policies/a.yaml:3)"
    page = page_of(
        review(
            stack("web", change(Action.CREATE), findings=(finding(), finding(waived="by us"))),
            stack("db", findings=(finding(),)),
        )
    )
    (part,) = page.parts
    assert part.also == ("1 policy warning", "1 waived")
    assert [note for note in part.notes if "untidy" in note] == [f"policy: {said}", f"policy: waived by us: {said}"]
    assert page.asides == (f"Policy: lab/db: {said}.",)


def test_where_nothing_happens_no_stack_is_called_another() -> None:
    told = page_of(review(stack("web", proven_by="20260101-000000-0000"))).untouched
    assert told == "Nothing happens to 1 stack, proven up to date by the ledger and not looked at."


@pytest.mark.parametrize(
    ("git", "told"),
    [
        (GitState("0123456789abcdef"), "commit 0123456789ab, run "),
        (
            GitState("0123456789abcdef", dirty=True, files_changed=1),
            "commit 0123456789ab with 1 file not committed, run ",
        ),
        (GitState("0123456789abcdef", dirty=True), "commit 0123456789ab with files not committed, run "),
    ],
)
def test_what_a_review_was_made_from_counts_files_that_no_commit_has(git: GitState, told: str) -> None:
    assert page_of(replace(review(stack("web")), git=git)).made_from.startswith(told)
