"""A run's report as the files that it leaves: for a program, and for what shows tests."""

from collections.abc import Mapping

from infraops.models.run import RunResult
from infraops.views.documents import document_text, run_document
from infraops.views.junit import junit


def report_files(result: RunResult) -> Mapping[str, bytes]:
    """Return the files of a run's report by name: the document that `--json` prints, and JUnit's XML."""
    document = document_text(f"infraops/{result.line}/v1", run_document(result))
    return {"report.json": encoded(document), "junit.xml": junit(result)}


def encoded(document: str) -> bytes:
    """Encode a JSON document, whatever text a tool has put into it."""
    # Half a surrogate comes out as JSON's own escape of it.
    return f"{document}\n".encode(errors="backslashreplace")
