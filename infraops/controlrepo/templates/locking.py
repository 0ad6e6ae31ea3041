"""From fetched templates to the lock file: their references, the digests of their files, and its text."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import decode
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.documents.writing import yaml_value
from infraops.models.files.template import TemplateFile
from infraops.models.files.vendored import Locked, LockedTemplate

_HEAD = """\
# Written by `infraops template fetch`: what is vendored in catalog/.vendor/, byte for byte. Commit both.
schema: infraops/v1
"""


def locked_template(
    content: bytes, digests: Mapping[str, str], shown: str, mistakes: Mistakes
) -> LockedTemplate | None:
    """Return the entry of a template whose description has this content; None where that is mistaken."""
    text = decode(content, shown, mistakes)
    document = None if text is None else compose(text, shown, mistakes)
    file = None if document is None else validate(TemplateFile, document, mistakes)
    return None if file is None else LockedTemplate(reference=f"{file.name}@{file.version}", files=dict(digests))


def digest_of(content: bytes, *, executable: bool) -> str:
    """Return the digest of a file as the lock file has it."""
    return hashlib.sha256(content).hexdigest() + ("x" if executable else "")


def lock_text(catalogs: Mapping[str, Locked]) -> str:
    """Write the lock file."""
    return "".join([_HEAD, *_lines(catalogs.items())])


def _lines(catalogs: Iterable[tuple[str, Locked]]) -> Iterator[str]:
    yield "catalogs:\n"
    for name, locked in sorted(catalogs):
        yield f"  {yaml_value(name)}:\n"
        for key in ("git", "ref", "path", "kind", "commit"):
            yield f"    {key}: {yaml_value(getattr(locked, key))}\n"
        yield "    templates:\n" if locked.templates else "    templates: {}\n"
        for directory, template in sorted(locked.templates.items()):
            yield f"      {yaml_value(directory)}:\n"
            yield f"        reference: {yaml_value(template.reference)}\n        files:\n"
            for path, digest in sorted(template.files.items()):
                yield f"          {yaml_value(path)}: {yaml_value(digest)}\n"
