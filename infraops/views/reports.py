"""A run's report: the files that it leaves for programs, and what others are told of it."""

from collections.abc import Mapping
from typing import Any

from infraops.models.runs.run import RunResult
from infraops.views.documents import document_text, run_document
from infraops.views.junit import junit

_PLANNING = frozenset({"review", "cost"})  # commands that print more than their run, of which its plans are left


def report_files(result: RunResult) -> Mapping[str, bytes]:
    """Return the files of a run's report by name: the document that `--json` prints, on one line, and JUnit's XML."""
    form = "plan" if result.line in _PLANNING else result.line
    document = document_text(f"infraops/{form}/v1", run_document(result), indent=None)
    return {"report.json": _encoded(document), "junit.xml": junit(result)}


def notice(result: RunResult) -> bytes:
    """Return what others are told of a run."""
    return _encoded(document_text("infraops/notice/v1", notice_document(result)))


def notice_document(result: RunResult) -> dict[str, Any]:
    """Return a run as the content of a notice: how it ended and why, without any value of a plan or an output."""
    document = run_document(result)
    stacks = [{key: stack[key] for key in ("stack", "outcome", "failure")} for stack in document["stacks"]]
    told = ("run", "line", "environment", "outcome", "seconds", "counts")
    return {**{key: document[key] for key in told}, "stacks": stacks, "failure": document["failure"]}


def _encoded(document: str) -> bytes:
    """Encode a JSON document, whatever text a tool has put into it."""
    # Half a surrogate comes out as JSON's own escape of it.
    return f"{document}\n".encode(errors="backslashreplace")
