"""Which settings an environment may have for its state's backend: no credentials, and none against its emulator."""

from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.environments.provider_settings import OF_AN_ACCOUNT, credentials
from infraops.models.files.environment import EnvironmentFile
from infraops.render.state_account import S3

_VARIABLES = {
    "s3": "AWS_PROFILE or AWS_ACCESS_KEY_ID",
    "http": "TF_HTTP_PASSWORD",
    "pg": "PGPASSWORD",
    "azurerm": "ARM_CLIENT_SECRET",
    "gcs": "GOOGLE_CREDENTIALS",
    "consul": "CONSUL_HTTP_TOKEN",
}


def check_state(file: EnvironmentFile, document: Document, mistakes: Mistakes) -> None:
    """Take down what is wrong with an environment's `state`."""
    state = file.state
    for path in credentials(state.config):
        problem = f"state.config.{'.'.join(path)}: a credential has no place in a file that is committed"
        variable = _VARIABLES.get(state.backend, "the backend's own variable")
        mistakes.add(
            document.place("state", "config", *path), problem, f"give it in {variable} where infraops runs, remove it"
        )
    if file.emulator is not None and state.backend == S3:
        for key in sorted(OF_AN_ACCOUNT & state.config.keys()):
            problem = f"state.config.{key}: this is for an account, and the environment has an emulator"
            mistakes.add(document.place("state", "config", key), problem, "remove one of the two")
