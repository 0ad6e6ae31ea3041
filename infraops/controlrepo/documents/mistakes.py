"""Collecting mistakes over a whole control repo, so that all of them are shown together."""

from collections.abc import Iterable, Iterator

from infraops.errors import InvalidInput, Mistake, Place


class Mistakes:
    """The mistakes found so far; the same one found twice (in two environments, say) counts once."""

    def __init__(self) -> None:
        self._found: dict[Mistake, None] = {}
        self._unreadable: set[Mistake] = set()

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Mistake]:
        return iter(tuple(self._found))

    def add(self, place: Place, problem: str, hint: str = "", *, unreadable: bool = False) -> None:
        """Take down one mistake; `unreadable` says that nobody knows what its line means.

        What else is found there would be guessed, and contradict it, so it is not shown.
        """
        mistake = Mistake(Place(_printable(place.file), place.line), _printable(problem), _printable(hint))
        self._found[mistake] = None
        if unreadable:
            self._unreadable.add(mistake)

    def extend(self, mistakes: Iterable[Mistake]) -> None:
        """Take down several."""
        for mistake in mistakes:
            self.add(mistake.place, mistake.problem, mistake.hint)

    def merge(self, others: "Mistakes") -> None:
        """Take down all that was found elsewhere."""
        self._found |= others._found
        self._unreadable |= others._unreadable

    def refuse(self) -> None:
        """Raise InvalidInput with everything found, sorted by file and line; return if nothing was."""
        if self._found:
            raise InvalidInput(self.in_order())

    def in_order(self) -> tuple[Mistake, ...]:
        """Return what is worth showing, sorted by file and line."""
        places = {mistake.place for mistake in self._unreadable}
        shown = [each for each in self._found if each in self._unreadable or each.place not in places]
        return tuple(sorted(shown, key=_reading_order))


def _printable(text: str) -> str:
    """Escape what would act on a terminal, or could not be written: names and values come from other people's files."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _reading_order(mistake: Mistake) -> tuple[str, int, str]:
    return mistake.place.file, mistake.place.line or 0, mistake.problem
