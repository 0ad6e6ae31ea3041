"""The comment: short enough for a forge, and no text in it becomes markup."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from infraops.models.changes.risk import Level, Risk
from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import Action
from infraops.views.review.content import page_of
from infraops.views.review.markdown import LIMIT, markdown
from tests.views.review.cases import change, finding, review, stack, unplanned

EVIL = [
    "](https://evil.example) [click me",
    "<script>alert(1)</script>",
    "![](https://evil.example/x.png)",
    "``` \n# heading\n```",
    "@everyone #1 !2",
    "a | b | c",
    "</code></summary></details><h1>",
    "line\nanother\r\n> quote",
    "`", "``", "|", "\\|", "\\", "~~~", "--- ", "https://evil.example",
    "\u202egnp.exe",
]  # fmt: skip
texts = st.one_of(st.sampled_from(EVIL), st.text(max_size=30), st.lists(st.sampled_from(EVIL)).map("".join))


def tokens(text: str) -> list[Token]:
    return MarkdownIt("gfm-like", {"linkify": False}).parse(text)


def shape(text: str) -> list[str]:
    """Return what the comment is made of, its texts left out."""
    found: list[str] = []
    for token in tokens(text):
        children = token.children or []
        inline = [child.type for child in children if child.type not in ("text", "code_inline", "text_special")]
        found += [token.type, *inline]
    return found


def comment(text: str) -> str:
    owned = review(
        stack("web", change(Action.UPDATE, address=text or "x", before=text, after="y")),
        unplanned("db", text or "x"),
        owner=text,
        summary=text,
    )
    return markdown(page_of(replace(owned, since=text)))


@settings(max_examples=300, deadline=None)
@given(texts)
def test_no_text_becomes_markup(text: str) -> None:
    found = shape(comment(text))
    plain = shape(comment("plain"))
    if not text:
        plain = shape(comment(""))
    assert found == plain
    html = [token.content for token in tokens(comment(text)) if token.type == "html_block"]
    assert [part for part in html if "script" in part] == []


def test_free_text_stands_where_nobody_is_mentioned() -> None:
    for token in tokens(comment("@everyone")):
        for child in token.children or []:
            if child.type == "text":
                assert "@everyone" not in child.content.replace("\\@", "")


def test_it_fits_whatever_happens() -> None:
    many = [change(Action.UPDATE, f"module.service.kind_{at}.x", before="a" * 150) for at in range(20)]
    cost = Cost(1_000_000.5, 2_500_000.25, priced=900, unpriced=99, unknown=tuple(f"aws_kind_{at}" for at in range(60)))
    risk = Risk(Level.MEDIUM, tuple(f"kind {at}: 12 of 345 changes failed, 7% to be expected" for at in range(9)))
    large = [stack(f"web-{n:03}", *many, to_configure=None, cost=cost, risk=risk) for n in range(200)]
    text = markdown(page_of(review(*large)))
    assert len(text) <= LIMIT
    assert len(re.findall(r"^\| ✏️ \|", text, re.MULTILINE)) == 200, "every stack has its row"
    (left_out,) = re.findall(r"^(\d+) more details do not fit here", text, re.MULTILINE)
    assert int(left_out) + text.count("<details>") == 200
    assert text.count("<details>") == text.count("</details>") > 5


def test_an_estate_that_is_too_large_for_a_table_says_so() -> None:
    huge = [stack(f"web-{number:04}", change(Action.CREATE)) for number in range(2000)]
    text = markdown(page_of(review(*huge)))
    assert len(text) <= LIMIT
    assert re.search(r"^\d{3,4} more rows do not fit here", text, re.MULTILINE)


def test_what_a_tired_person_reads() -> None:
    text = markdown(page_of(review(stack("web", change(Action.REPLACE, forces_replacement=True)), stack("db"))))
    first, _, *rest = text.splitlines()
    assert first == "### ⚠️ Destroys or replaces 1 resource of lab/web. 1 stack: 1 to replace."
    assert "| ⚠️ | `lab/web` |  |  | 1 |  | ? | ? |  | `web-service@1.0` | `team-shop` | `52e75662474c` |" in rest
    assert "- ± module.service.disk.data  (size forces replacement)" in rest
    assert "Nothing happens to 1 other stack." in rest


def test_what_a_rule_says_cannot_become_markup() -> None:
    written = markdown(page_of(review(stack("db", findings=(finding(),)))))
    assert "untidy" in written
    assert "<b>" not in written
