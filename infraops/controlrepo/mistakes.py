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
        self._found[Mistake(place, problem, hint)] = None

    def extend(self, mistakes: Iterable[Mistake]) -> None:
        """Take down several."""
        self._found.update(dict.fromkeys(mistakes))

    def refuse(self) -> None:
        """Raise InvalidInput with everything found, sorted by file and line; return if nothing was."""
        if self._found:
            raise InvalidInput(tuple(sorted(self._found, key=_reading_order)))


def _reading_order(mistake: Mistake) -> tuple[str, int, str]:
    return mistake.place.file, mistake.place.line or 0, mistake.problem
