"""The cases that a template is tested with, and the files of a control repo in which one of them is all there is."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.documents.writing import yaml_value
from infraops.controlrepo.scaffolding.scaffold import new_blueprint
from infraops.models.files.case import Case, CasesFile
from infraops.models.files.settings import TerraformPin
from infraops.models.stacks.stack import Template

FILE, BESIDE = "test.yaml", "test"  # in a template's directory; what lies in the second is laid into the control repo
ENVIRONMENT = "test"
_DEFAULTS = {"defaults": Case()}


def read_cases(template: Template, shown: str, mistakes: Mistakes) -> Mapping[str, Case]:
    """Return the cases by name: those of the template's `test.yaml`, else one that gives nothing."""
    path = template.directory / FILE
    if not path.is_file():
        return _DEFAULTS
    document = read_document(path, shown, mistakes)
    file = None if document is None else validate(CasesFile, document, mistakes)
    return {} if file is None else file.cases


def case_files(
    template: Template, case: Case, *, platform: str, terraform: TerraformPin
) -> Mapping[PurePosixPath, str]:
    """Return the files of a control repo with one environment and one blueprint, called as the template is."""
    name = template.file.name
    version = "" if terraform.version is None else f', version: "{terraform.version}"'
    files = {
        "infraops.yaml": f"schema: infraops/v1\nterraform: {{program: {yaml_value(terraform.program)}{version}}}\n",
        f"inventories/{ENVIRONMENT}/environment.yaml": (
            f"schema: infraops/v1\nname: {ENVIRONMENT}\nplatform: {platform}\n"
            f"variables: {yaml_value(dict(case.variables))}\nchange: {{protect_data: false}}\n"
        ),
        f"blueprints/{name}.yaml": new_blueprint(
            template, name=name, owner="template-test", environments=(ENVIRONMENT,), parameters=case.parameters
        ),
    }
    return {PurePosixPath(path): text for path, text in files.items()}


def beside(template: Template) -> Path:
    """Return the directory of files that the template's cases need in the control repo; it may not be there."""
    return template.directory / BESIDE
