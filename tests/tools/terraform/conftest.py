import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from infraops.models.files.settings import TerraformPin
from infraops.processes import Workers
from infraops.tools.terraform.driver import Program, find_program
from infraops.tools.terraform.program.embedded import library
from tests.tools.terraform.bench import Bench


def program_or_skip(name: str, environ: Mapping[str, str]) -> Program:
    """Find a Terraform program that this machine may lack."""
    if name == "embedded" and library() is None:
        pytest.skip("the embedded Terraform is not installed")
    if name != "embedded" and shutil.which(name) is None:
        pytest.skip(f"{name} is not on PATH")
    return find_program(TerraformPin(program=name), environ)


@pytest.fixture(params=["embedded", "terraform"])
def program(request: pytest.FixtureRequest, environ: Mapping[str, str]) -> Program:
    """Every Terraform program there is: the embedded one, and the one on PATH."""
    return program_or_skip(request.param, environ)


@pytest.fixture
def embedded(environ: Mapping[str, str]) -> Program:
    """The embedded program, for what does not depend on which it is."""
    return program_or_skip("embedded", environ)


@pytest.fixture(params=["embedded", "embedded worker", "terraform"])
def bench(tmp_path: Path, environ: Mapping[str, str], request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A workplace with every program in turn, in each of the ways it can be run."""
    name, _, way = request.param.partition(" ")
    program = program_or_skip(name, environ)
    with closing(Workers()) as workers:
        yield Bench(tmp_path / "repo", program, environ, workers if way else None)


@pytest.fixture
def embedded_bench(tmp_path: Path, embedded: Program, environ: Mapping[str, str]) -> Bench:
    """A workplace with the embedded program alone."""
    return Bench(tmp_path / "repo", embedded, environ)
