"""A review as a comment in Markdown, short enough for a forge, in which no text can become markup."""

import re
from collections.abc import Iterable, Iterator

from infraops.views.review.page import Gravity, Line, Page, Part
from infraops.views.words import visible

LIMIT = 65_000  # characters; GitHub takes 65,536 in a comment
FINGERPRINT_SHOWN = 12  # hexadecimal digits
SIGNS = {
    Gravity.DENIED: "⛔",
    Gravity.UNJUDGED: "❌",
    Gravity.LOSES: "⚠️",
    Gravity.CHANGES: "✏️",
    Gravity.CONFIGURES: "🔧",
    Gravity.NOTHING: "✅",
}
_FENCE = 3


def markdown(page: Page, *, limit: int = LIMIT) -> str:
    """Write the comment. Where it would be longer than `limit`, the least grave stacks are left out, which it says."""
    head, tail = f"### {SIGNS[page.gravity]} {_plain(page.verdict)}\n", "\n".join(_tail(page))
    room = limit - len(head) - len(tail) - 2 * _OF_NOTICE
    titles = tuple(title for title in _TITLES if page.approve or title not in _OF_APPROVALS)
    rows = _fitting((_row(part, titles) for part in page.parts), room * 2 // 3)
    details = _fitting(map(_details, page.parts), room - sum(len(row) + 1 for row in rows))
    table = [*_table(titles), *rows, ""] if rows else []
    return "\n".join(
        [
            head,
            *table,
            *_notice("rows", len(page.parts) - len(rows)),
            *details,
            *_notice("details", len(page.parts) - len(details)),
            tail,
        ]
    )


_TITLES = ("", "stack", "+", "~", "±", "−", "class", "who", "cost", "risk", "also", "template", "owner", "effect")
_NUMBERS = frozenset({"+", "~", "±", "−", "cost"})
_OF_APPROVALS = frozenset({"class", "who"})  # columns that are there where changes need approvals


def _table(titles: tuple[str, ...]) -> list[str]:
    return [f"| {' | '.join(titles)} |", f"|{'|'.join('---:' if title in _NUMBERS else '---' for title in titles)}|"]


def _fitting(texts: Iterable[str], room: int) -> list[str]:
    """Take texts, in their order, as long as there is room."""
    taken: list[str] = []
    for text in texts:
        room -= len(text) + 1
        if room < 0:
            break
        taken.append(text)
    return taken


def _notice(what: str, number: int) -> list[str]:
    if not number:
        return []
    return [f"\n{number} more {what} do not fit here: `infraops review --format html` has all of them.\n"]


_OF_NOTICE = len(*_notice("details", 99_999)) + sum(map(len, _table(_TITLES)))


def _row(part: Part, titles: tuple[str, ...]) -> str:
    counts = (part.counts.create, part.counts.update, part.counts.replace, part.counts.delete)
    numbers = ["?"] * 4 if part.gravity is Gravity.UNJUDGED else [str(number or "") for number in counts]
    subject = part.subject
    cells = (
        SIGNS[part.gravity],
        code(subject.stack),
        *numbers,
        part.change_class,
        _plain(part.who),
        part.cost,
        part.risk,
        ", ".join(part.also),
        code(subject.template),
        code(subject.owner),
        code(part.fingerprint[:FINGERPRINT_SHOWN]) if part.fingerprint else "",
    )
    return f"| {' | '.join(cell for title, cell in zip(_TITLES, cells, strict=True) if title in titles)} |"


def _details(part: Part) -> str:
    lines = list(_inside(part))
    fence = "`" * max(_FENCE, 1 + max((len(run) for line in lines for run in re.findall("`+", line)), default=0))
    head = f"<details><summary>{SIGNS[part.gravity]} <code>{part.subject.stack}</code></summary>"
    return "\n".join([head, "", f"{fence}diff", *lines, fence, "", "</details>"])


def _inside(part: Part) -> Iterator[str]:
    if part.failure is not None:
        yield _one_line(f"! {part.failure.doing}: {part.failure.problem}")
        if part.failure.hint:
            yield _one_line(f"  {part.failure.hint}")
    if part.blocked_by:
        yield f"! not planned: {part.blocked_by} could not be"
    yield from _changes(part.changes)
    if part.drift:
        yield "! changed outside infraops since it was applied:"
        yield from _changes(part.drift)
    yield from (_one_line(f"# {note}") for note in part.notes)
    if part.fingerprint:
        yield f"# effect {part.fingerprint}"
    yield _one_line(f"# {part.subject.place}")


def _changes(changes: Iterable[Line]) -> Iterator[str]:
    for change in changes:
        sign = {"±": "-", "~": "!"}.get(change.sign, change.sign)  # what a diff colours
        mark = f"{sign} {change.sign} " if sign != change.sign else f"{sign} "
        yield _one_line(f"{mark}{change.address}" + (f"  ({change.why})" if change.why else ""))
        yield from (_one_line(f"      {attribute}") for attribute in change.attributes)


def _tail(page: Page) -> Iterator[str]:
    yield ""
    if page.approve:
        yield f"To approve exactly this: {code(page.approve)}"
        yield ""
    for aside in (page.untouched, *page.asides):
        if aside:
            yield _plain(aside)
            yield ""
    since = f", stacks changed since {code(page.since)}" if page.since else ""
    yield f"<sub>{_plain(page.made_from)}{since}</sub>"


def code(text: str) -> str:
    """Write free text as code in a cell of a table: nothing in it is markup, a link, or somebody's name."""
    line = _one_line(text).strip().replace("|", "\\|")
    if not line:
        return ""
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", line)), default=0))
    edge = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{edge}{line}{edge}{ticks}"


def _plain(text: str) -> str:
    """Write a sentence of ours, in which names may stand: what Markdown or HTML would read is escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~@&!])", r"\\\1", _one_line(text))


def _one_line(text: str) -> str:
    return visible(re.sub("[\t\r\n]+", " ", text))
