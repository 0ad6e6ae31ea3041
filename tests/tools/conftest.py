import os
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.models.settings import TerraformPin
from infraops.tools.terraform import Program, find_program


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """An operator's environment whose home is empty."""
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home)}


@pytest.fixture(params=["embedded", "terraform"])
def program(request: pytest.FixtureRequest) -> Program:
    """Every Terraform program there is: the embedded one, and the one on PATH."""
    name = request.param
    if name != "embedded" and shutil.which(name) is None:
        pytest.skip(f"{name} is not on PATH")
    try:
        return find_program(TerraformPin(program=name), os.environ)
    except InfraOpsError as error:
        if name == "embedded":
            pytest.skip(str(error))
        raise
