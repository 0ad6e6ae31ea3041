"""What became of catalogs of other repositories."""

from collections.abc import Iterator

from rich.text import Text

from infraops.models.reports.fetched import Fetch, FetchedCatalog, FetchedCatalogs
from infraops.views.console import Streams
from infraops.views.words import count

_STYLES = {Fetch.MOVED: "bold red", Fetch.DAMAGED: "bold red", Fetch.NOT_FETCHED: "yellow", Fetch.BEHIND: "yellow"}
_SHOWN = 12  # digits of a commit
_NAMED = 5  # files that a line names


def show_fetched(result: FetchedCatalogs, streams: Streams) -> None:
    """Print a line a catalog, and what changed of its templates below."""
    if not result.catalogs:
        streams.out.print("infraops.yaml names no catalogs")
    for one in result.catalogs:
        line = Text(one.name, style="bold")
        line.append(f"  {one.ref}  {one.done.value}", style=_STYLES.get(one.done, "default"))
        if one.commit:
            line.append(f"  {one.commit[:_SHOWN]}", style="dim")
        streams.out.print(line, soft_wrap=True)
        for text, style in _details(one):
            streams.out.print(Text(f"  {text}", style=style), soft_wrap=True)
    if any(one.done in (Fetch.FETCHED, Fetch.RESTORED, Fetch.REMOVED) for one in result.catalogs):
        streams.out.print("commit catalog/lock.yaml and catalog/.vendor/; `infraops validate` checks the templates")


def _details(one: FetchedCatalog) -> Iterator[tuple[str, str]]:
    if one.moved:
        before = f"it stood for {one.before[:_SHOWN]} when it was locked" if one.before else "it stands for another now"
        yield f"the tag {one.ref} was moved: {before}. Ask who looks after it why", "bold red"
    elif one.done is Fetch.BEHIND:
        yield f"locked at {one.before[:_SHOWN]}; `infraops template fetch --upgrade {one.name}` takes what is there", ""
    if one.done is Fetch.DAMAGED:
        yield "what is vendored is not as it was locked; `infraops validate` names the files", ""
    if one.done is Fetch.NOT_FETCHED:
        yield "`infraops template fetch` fetches it", ""
    for sign, references, style in (("+", one.added, "green"), ("~", one.changed, "yellow"), ("-", one.removed, "red")):
        for reference in references:
            yield f"{sign} {reference}" + (" (same version, other files)" if sign == "~" else ""), style
    if one.left_out:
        yield f"not taken: {_some(one.left_out)}", "dim"
    if one.ignored:
        yield (
            f"git ignores {_some(one.ignored)}; add !catalog/.vendor/** to .gitignore, or they are missing in CI",
            "red",
        )


def _some(names: tuple[str, ...]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {count(more, 'more file')}" if more > 0 else "")
