"""Compiling Rego in a process of its own: the library may end its process on a file that it cannot stand.

Reads `{"texts": […], "entrypoints": […]}` from stdin; writes `{"plan": …}` or `{"faults": [[file, row, problem], …]}`.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_PLACE = re.compile(r"(\d+)\.rego\|(\d+)\|")
_ERROR = re.compile(r"\(error\s")
_MESSAGE = re.compile(r"\(errormsg (\d+):")
Written = tuple[int, int | None, str]


def compile_texts(texts: list[str], entrypoints: list[str]) -> dict[str, Any]:
    """Compile files to a plan, or say what is wrong in which of them, and in which row from 0."""
    from regopy import Interpreter, LogLevel, RegoError

    interpreter = Interpreter()
    interpreter.log_level = LogLevel.NONE  # else it writes to stdout
    faults: list[Written] = []
    for number, text in enumerate(texts):
        try:
            interpreter.add_module(f"{number}.rego", text)
        except RegoError as error:
            faults += _faults(str(error), texts, number)
    if faults:
        return {"faults": faults}
    try:
        bundle = interpreter.build(None, entrypoints)
        with TemporaryDirectory(prefix="infraops-rego-") as directory:
            interpreter.save_bundle(f"{directory}/bundle", bundle)
            plan = json.loads(Path(directory, "bundle", "plan.json").read_text(encoding="utf-8"))
    except (RegoError, ValueError) as error:
        return {"faults": list(_faults(str(error), texts, -1))}
    return {"plan": plan}


def _faults(error: str, texts: list[str], number: int) -> Iterator[Written]:
    """Read the library's own errors: what each says, and the offset where."""
    starts = [found.end() for found in _MESSAGE.finditer(error)]
    for start, end in zip(starts, [*starts[1:], len(error)], strict=True):
        length = int(error[:start].rpartition(" ")[2].rstrip(":"))
        begin = [found.start() for found in _ERROR.finditer(error, 0, start)][-1:] or [0]
        found = _PLACE.search(error, begin[0], end)
        file = int(found[1]) if found else number
        row = texts[file].encode()[: int(found[2])].count(b"\n") if found and file < len(texts) else None
        yield file, row, error[start : start + length].strip().lower()
    if not starts:
        yield number, None, " ".join(error.split())[:200] or "the library does not say why"


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(compile_texts(asked["texts"], asked["entrypoints"]), sys.stdout)
