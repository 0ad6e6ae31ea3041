"""Which URLs of git repositories are asked, and what git is handed of them."""

import pytest

from infraops.controlrepo.templates.git_urls import address_of, refuse_url


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/team/catalog.git",
        "https://example.com:8443/team/catalog.git",
        "ssh://git@example.com:2222/team/catalog.git",
        "git@example.com:team/catalog.git",
        "file:///srv/git/catalog.git",
        "/srv/git/catalog.git",
        "../catalog",
    ],
)
def test_usual_urls_are_asked(url: str) -> None:
    assert refuse_url(url) is None


@pytest.mark.parametrize(
    "url", ["", "catalog", "C:\\catalog", "https://", "fd::17", "-u:x", "a b:c", "host://x", "x:\n"]
)
def test_others_are_refused(url: str) -> None:
    assert refuse_url(url) is not None


def test_a_relative_path_begins_at_the_control_repo() -> None:
    assert address_of("../catalog.git", "/srv/repo") == "/srv/repo/../catalog.git"
    assert address_of("git@example.com:a.git", "/srv/repo") == "git@example.com:a.git"
