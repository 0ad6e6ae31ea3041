"""The scalars of a file of Ansible's, each with its key, its depth and its lines.

Read as events, so that tags, vaults and aliases mean nothing and nesting costs nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml


class UnreadablePlay(ValueError):
    """The file is not YAML; `line` is where that was noticed."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


@dataclass(frozen=True)
class Scalar:
    """A value that belongs to a key, itself or as an entry of a list; lines are counted from 1.

    `depth` is how many lists and mappings the key stands in: 2 in a play. Where the key's value is itself a list or a
    mapping, that begins with a scalar without text, for which alone `begins` is true, as it is for a plain value.
    """

    key: str
    text: str
    depth: int
    key_line: int
    line: int
    last_line: int
    begins: bool

    def line_of(self, word: str, lines: Sequence[str]) -> int:
        """Return the line of the file that the word is in."""
        own = range(self.line, min(self.last_line, len(lines)) + 1)
        return next((number for number in own if word in lines[number - 1]), self.line)


@dataclass
class _Frame:
    """A list or mapping that is open. `key` is what it is about now; a mapping between two entries has none."""

    is_mapping: bool
    key: str | None
    depth: int  # of the key
    key_line: int = 1


def scalars(text: str) -> Iterator[Scalar]:
    """Yield the values of all documents of a file, in the order they stand there. Raises UnreadablePlay."""
    open_frames: list[_Frame] = []
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            yield from _take(event, open_frames)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark is not None else None
        raise UnreadablePlay(line, error.problem or "this is not YAML") from error
    except yaml.YAMLError as error:
        raise UnreadablePlay(None, "this is not YAML") from error


def _take(event: yaml.Event, frames: list[_Frame]) -> Iterator[Scalar]:
    if isinstance(event, yaml.CollectionEndEvent):
        frames.pop()
        _entry_ends(frames)
        return
    if not isinstance(event, yaml.NodeEvent):
        return
    frame = frames[-1] if frames else None
    opens = isinstance(event, yaml.CollectionStartEvent)
    value = event.value if isinstance(event, yaml.ScalarEvent) else ""
    assert event.start_mark is not None and event.end_mark is not None
    first, last = event.start_mark.line + 1, event.end_mark.line + 1
    if frame is not None and frame.is_mapping and frame.key is None:
        frame.key, frame.key_line = value, first
        if opens:  # a key that is itself a list or mapping: Ansible has none
            frames.append(_Frame(isinstance(event, yaml.MappingStartEvent), "", len(frames)))
        return
    key = (frame.key if frame is not None else None) or ""
    depth, key_line = (frame.depth, frame.key_line) if frame is not None else (0, first)
    if not opens or (frame is not None and frame.is_mapping):
        yield Scalar(key, value, depth, key_line, first, last, begins=frame is not None and frame.is_mapping)
    if not opens:
        _entry_ends(frames)
    elif isinstance(event, yaml.MappingStartEvent):
        frames.append(_Frame(True, None, len(frames) + 1))
    else:
        frames.append(_Frame(False, key, depth, key_line))


def _entry_ends(frames: list[_Frame]) -> None:
    if frames and frames[-1].is_mapping:
        frames[-1].key = None
