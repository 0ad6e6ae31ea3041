"""`python -m docs.reference [--check]`: write docs/reference/ from the models, or say what is out of date."""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.reference_commands import commands_page, exit_codes_page
from docs.reference_documents import documents_page
from docs.reference_fields import (
    allow_page,
    blueprint_page,
    environment_page,
    policy_page,
    prices_page,
    settings_page,
    template_page,
)

DIRECTORY = Path(__file__).parent / "reference"
NOTICE = "<!-- Written by `python -m docs.reference`. Change the models, not this page. -->\n\n"

PAGES: Mapping[str, Callable[[], str]] = {
    "allow.md": allow_page,
    "blueprint.md": blueprint_page,
    "environment.md": environment_page,
    "policy.md": policy_page,
    "prices.md": prices_page,
    "settings.md": settings_page,
    "template.md": template_page,
    "commands.md": commands_page,
    "exit-codes.md": exit_codes_page,
    "json.md": documents_page,
}


def pages() -> dict[str, str]:
    """Return every page's text by its file name."""
    return {name: NOTICE + make().strip() + "\n" for name, make in PAGES.items()}


def outdated(directory: Path = DIRECTORY) -> list[str]:
    """Name the pages in `directory` that are missing, not as the models say, or of no use any more."""
    wanted = pages()
    here = {file.name: file.read_text(encoding="utf-8") for file in directory.glob("*.md")}
    return sorted(name for name in wanted.keys() | here.keys() if wanted.get(name) != here.get(name))


def main(arguments: list[str]) -> int:
    """Write the pages; with `--check`, change nothing and return 1 where one is out of date."""
    parser = argparse.ArgumentParser(prog="python -m docs.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 where a page is out of date")
    if parser.parse_args(arguments).check:
        names = outdated()
        for name in names:
            sys.stderr.write(f"docs/reference/{name} is out of date; run `python -m docs.reference`\n")
        return 1 if names else 0
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in pages().items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
    for stale in {file.name for file in DIRECTORY.glob("*.md")} - PAGES.keys():
        (DIRECTORY / stale).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
