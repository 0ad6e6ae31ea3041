import os
from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """An operator's environment whose home is empty."""
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home)}
