"""Which settings an environment may have for Terraform's providers: no credentials, and none that contradict it."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.models.files.environment import EnvironmentFile

_AWS = "aws"
_CREDENTIAL = re.compile(
    r"(^|_)(password|passwd|secret|secret_key|access_key|token|api_key|private_key|client_secret|customer_key)$"
)
OF_AN_ACCOUNT = frozenset({
    "profile", "assume_role", "assume_role_with_web_identity", "shared_config_files", "shared_credentials_files",
    "endpoints", "allowed_account_ids", "forbidden_account_ids",
})  # fmt: skip


def check_providers(file: EnvironmentFile, document: Document, mistakes: Mistakes) -> None:
    """Take down what is wrong with an environment's `providers` and its `emulator`."""
    if file.emulator is not None and file.platform != _AWS:
        problem = f"emulator: platform {file.platform} has none; it is for platform {_AWS}"
        mistakes.add(document.place("emulator"), problem, "remove it")
    for name, settings in file.providers.items():
        for path in credentials(settings):
            problem = f"providers.{name}.{'.'.join(path)}: a credential has no place in a file that is committed"
            hint = "give it in the provider's own variable where infraops runs, such as AWS_PROFILE, and remove it here"
            mistakes.add(document.place("providers", name, *path), problem, hint)
        if "alias" in settings:
            problem = f"providers.{name}.alias: the alias belongs into the name"
            mistakes.add(document.place("providers", name, "alias"), problem, f"call it {name}.{settings['alias']}")
        if file.emulator is not None and name.partition(".")[0] == _AWS:
            for key in sorted(OF_AN_ACCOUNT & settings.keys()):
                problem = f"providers.{name}.{key}: this is for an account, and the environment has an emulator"
                mistakes.add(document.place("providers", name, key), problem, "remove one of the two")


def credentials(settings: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield the paths of the settings that are called as credentials are, and have a value."""
    for key, value in settings.items():
        if _CREDENTIAL.search(key) and value not in (None, "", True, False):
            yield (key,)
        elif isinstance(value, Mapping):
            yield from ((key, *rest) for rest in credentials(value) if key != "default_tags")
