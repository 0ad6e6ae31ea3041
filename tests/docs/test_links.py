"""Every link inside the documentation leads somewhere."""

from pathlib import Path

import pytest

from tests.docs.markdown import DOCS, PAGES, ROOT, anchors, links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
def test_links_lead_somewhere(page: Path) -> None:
    broken = []
    for line, target in links(page):
        if target.startswith(("http://", "https://")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(f"{page.relative_to(ROOT)}:{line}: {target}")
    assert not broken


def test_the_index_names_every_page() -> None:
    index = DOCS / "README.md"
    decisions = DOCS / "decisions" / "README.md"
    for directory, listed in ((DOCS, index), (DOCS / "reference", index), (DOCS / "decisions", decisions)):
        linked = {(listed.parent / target.partition("#")[0]).resolve() for _, target in links(listed)}
        missing = [str(page) for page in directory.glob("*.md") if page not in linked and page != listed]
        assert not missing
