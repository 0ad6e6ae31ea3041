"""The page, in a real browser: nothing is fetched, nothing runs, and it can be read on a telephone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from infraops.models.plans.plan import Action
from infraops.models.reports.review import Review
from infraops.views.review.html import html
from tests.needs import lacking
from tests.views.review.cases import change, review, stack, unplanned

EVIL = "<img src='https://evil.example/x.png' onerror='alert(1)'><script>alert(2)</script></pre></details>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        lacking("there is no chromium on the PATH")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def shown(written: Review, browser: Browser, directory: Path, *, width: int = 1200) -> tuple[Page, list[str]]:
    """Show a page; return it with all that the browser complained of or asked for beside it."""
    file = directory / "review.html"
    file.write_text(html(written), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    beside: list[str] = []
    page.on("console", lambda message: beside.append(message.text))
    page.on("dialog", lambda dialog: beside.append(dialog.message))
    page.on("request", lambda request: None if request.url == file.as_uri() else beside.append(request.url))
    page.goto(file.as_uri())
    return page, beside


def estate(text: str = "team-shop") -> Review:
    return review(
        stack("web", change(Action.REPLACE, address=text, before=text, forces_replacement=True)),
        stack("db", change(Action.CREATE), to_configure=None),
        stack("idle"),
        unplanned("broken", text),
        owner=text,
        summary=text,
    )


def test_the_verdict_comes_first_and_the_detail_behind_it(browser: Browser, tmp_path: Path) -> None:
    page, beside = shown(estate(), browser, tmp_path)
    assert page.title() == "lab: what would happen"
    assert page.locator(".verdict").inner_text().startswith("Cannot be judged: lab/broken could not be planned.")
    assert page.locator("tbody tr td:nth-child(2)").all_inner_texts() == ["lab/broken", "lab/web", "lab/db"]
    assert page.locator("svg g.box").count() == 4
    assert page.locator("svg g.loses text").all_text_contents() == ["web"]
    assert "size forces replacement" in page.locator("#part-2 pre").inner_text()
    page.get_by_role("link", name="lab/db").click()
    assert page.url.endswith("#part-3")
    assert beside == []


def test_detail_can_be_folded(browser: Browser, tmp_path: Path) -> None:
    page, _ = shown(review(*(stack(f"s{at}", change(Action.CREATE)) for at in range(9))), browser, tmp_path)
    detail = page.locator("#part-1 pre")
    assert not detail.is_visible()
    page.locator("#part-1 summary").click()
    assert detail.is_visible()


def test_no_text_becomes_markup(browser: Browser, tmp_path: Path) -> None:
    page, beside = shown(estate(EVIL), browser, tmp_path)
    assert page.locator("img, script, iframe, object").count() == 0
    assert page.locator("details").count() == 3
    assert page.get_by_role("cell", name=EVIL, exact=True).count() == 3, "it is read as it was written"
    assert beside == []


@pytest.mark.parametrize("width", [400, 1200])
def test_nothing_hangs_over_the_edge(browser: Browser, tmp_path: Path, width: int) -> None:
    page, _ = shown(estate("a-long-word-without-a-break" * 12), browser, tmp_path, width=width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_two_hundred_stacks_are_all_there(browser: Browser, tmp_path: Path) -> None:
    many = review(*(stack(f"web-{at:03}", change(Action.UPDATE)) for at in range(200)))
    page, _ = shown(many, browser, tmp_path)
    assert page.locator("tbody tr").count() == page.locator("details").count() == 200
