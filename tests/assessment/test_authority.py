"""Who is missing among those who said yes: laws that hold of every requirement, and the words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.assessment.authority import ANY_SIGNER, EMERGENCY, demanded, in_words, missing
from infraops.models.files.authority import AllOf, AnyOf, ApprovalRules, AuthorityRow, Requirement, Several

GROUPS = ("security", "platform", "team-shop")
OWNER = "team-shop"

names = st.sampled_from((*GROUPS, "owner"))
requirements: st.SearchStrategy[Requirement] = st.recursive(
    names | st.builds(Several, of=names, count=st.integers(1, 3)),
    lambda inner: (
        st.builds(AnyOf, any=st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(AllOf, all=st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
peoples = st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from(GROUPS)), max_size=6)


def fits(requirement: Requirement | None, people: dict[str, frozenset[str]]) -> bool:
    return not missing(requirement, people, owner=OWNER)


@given(requirements, peoples, peoples)
def test_more_people_never_satisfy_less(
    requirement: Requirement, people: dict[str, frozenset[str]], more: dict[str, frozenset[str]]
) -> None:
    both = {name: people.get(name, frozenset()) | more.get(name, frozenset()) for name in people | more}
    assert fits(requirement, both) or not fits(requirement, people)


@given(st.lists(requirements, min_size=1, max_size=4), peoples)
def test_any_is_any_and_all_is_all(parts: list[Requirement], people: dict[str, frozenset[str]]) -> None:
    each = [fits(part, people) for part in parts]
    assert fits(AnyOf(any=tuple(parts)), people) is any(each)
    assert fits(AllOf(all=tuple(parts)), people) is all(each)


@given(names, st.integers(1, 3), peoples)
def test_several_are_several_people(name: str, count: int, people: dict[str, frozenset[str]]) -> None:
    group = OWNER if name == "owner" else name
    assert fits(Several(of=name, count=count), people) is (sum(group in held for held in people.values()) >= count)


@given(requirements)
def test_nobody_satisfies_nothing_and_one_who_is_everybody_all_but_several(requirement: Requirement) -> None:
    assert not fits(requirement, {})
    assert not fits(requirement, {"a": frozenset(), "b": frozenset({"other"})})
    crowd = {name: frozenset(GROUPS) for name in "abc"}
    assert fits(requirement, crowd)


@given(requirements, peoples)
def test_the_words_name_groups_and_never_the_word_owner_itself(
    requirement: Requirement, people: dict[str, frozenset[str]]
) -> None:
    said = in_words(requirement, owner=OWNER)
    lacking = missing(requirement, people, owner=OWNER)
    assert "owner" not in said + lacking
    assert all(group in said for group in GROUPS if group in lacking)
    assert missing(requirement, {}, owner=OWNER)


@pytest.mark.parametrize(
    ("requirement", "said", "lacking"),
    [
        ("owner", "one of team-shop", "one of team-shop"),
        (Several(of="security", count=2), "two of security", "two of security (one has signed)"),
        (Several(of="security", count=12), "12 of security", "12 of security (one has signed)"),
        (
            AllOf(all=("owner", Several(of="security", count=3))),
            "one of team-shop and three of security",
            "one of team-shop; three of security (one has signed)",
        ),
        (AllOf(all=("security", "platform")), "one of security and one of platform", "one of platform"),
        (
            AnyOf(any=("platform", "owner")),
            "one of platform or one of team-shop",
            "one of platform or one of team-shop",
        ),
        (
            AnyOf(any=("owner", AllOf(all=("platform", Several(of="security", count=2))))),
            "one of team-shop or (one of platform and two of security)",
            "one of team-shop or (one of platform; two of security (one has signed))",
        ),
        (
            AllOf(all=("platform", AnyOf(any=("owner", "platform")))),
            "one of platform and (one of team-shop or one of platform)",
            "one of platform; one of team-shop or one of platform",
        ),
        (AnyOf(any=("owner", "security")), "one of team-shop or one of security", ""),
    ],
)
def test_who_is_asked_and_who_is_missing_in_words(requirement: Requirement, said: str, lacking: str) -> None:
    assert in_words(requirement, owner=OWNER) == said
    assert missing(requirement, {"jo": frozenset({"security"})}, owner=OWNER) == lacking


def test_a_stack_without_an_owner_has_nobody_to_speak_for_it() -> None:
    assert missing("owner", {"jo": frozenset({""})}, owner="") == "one of nobody, as the stack has no owner"


def test_one_person_speaks_for_several_authorities() -> None:
    both = AllOf(all=("security", "platform"))
    assert fits(both, {"jo": frozenset({"security", "platform"})})
    assert not fits(
        AllOf(all=(Several(of="security", count=2), "platform")), {"jo": frozenset({"security", "platform"})}
    )


def test_a_demand_leads_back_to_what_the_table_requires() -> None:
    rules = ApprovalRules(authorities=(AuthorityRow(name="loss", demand="security"),), emergency="platform")
    assert demanded("loss", rules) == "security"
    assert demanded(EMERGENCY, rules) == "platform"
    assert demanded(ANY_SIGNER, rules) is None
    assert fits(None, {"jo": frozenset()})
    assert missing(None, {}, owner=OWNER) == "one person who may sign and wrote nothing of it"
    with pytest.raises(KeyError):
        demanded("gone", rules)
