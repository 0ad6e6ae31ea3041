"""Collecting mistakes over a whole control repo, so that all of them are shown together."""

from collections.abc import Iterable

from infraops.errors import InvalidInput, Mistake, Place


class Mistakes:
    """The mistakes found so far; the same one found twice (in two environments, say) counts once."""

    def __init__(self) -> None:
        self._found: dict[Mistake, None] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(self, place: Place, problem: str, hint: str = "") -> None:
        """Take down one mistake."""
        shown = Place(_printable(place.file), place.line)
        self._found[Mistake(shown, _printable(problem), _printable(hint))] = None

    def extend(self, mistakes: Iterable[Mistake]) -> None:
        """Take down several."""
        for mistake in mistakes:
            self.add(mistake.place, mistake.problem, mistake.hint)

    def refuse(self) -> None:
        """Raise InvalidInput with everything found, sorted by file and line; return if nothing was."""
        if self._found:
            raise InvalidInput(tuple(sorted(self._found, key=_reading_order)))


def _printable(text: str) -> str:
    """Escape what would act on a terminal, or could not be written: names and values come from other people's files."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _reading_order(mistake: Mistake) -> tuple[str, int, str]:
    return mistake.place.file, mistake.place.line or 0, mistake.problem
