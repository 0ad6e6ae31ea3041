import json
from pathlib import Path

import pytest

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.modules.declarations import read_modules
from tests.controlrepo.trees import write_tree


def test_json_syntax_is_read_too(tmp_path: Path) -> None:
    files = {
        "terraform/lab/main.tf.json": json.dumps(
            {"variable": {"a": {"type": "string"}, "b": {"default": None}}, "output": {"o": {"value": 1}}}
        ),
        "terraform/lab/more.tf": 'variable "c" {}',
        "terraform/lab/ignored.txt": 'variable "d" {}',
    }
    mistakes = Mistakes()
    module = read_modules(write_tree(tmp_path, files), "t", mistakes)["lab"]
    mistakes.refuse()
    assert sorted(module.variables) == ["a", "b", "c"]
    assert sorted(module.required) == ["a", "c"]
    assert sorted(module.outputs) == ["o"]
    assert module.types == {"a": "string"}


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"variable": []}', '{"variable": {"a": 1}}', "\ud800".encode("utf-8", "surrogatepass")]
)
def test_broken_json_syntax_is_a_mistake(tmp_path: Path, text: str | bytes) -> None:
    mistakes = Mistakes()
    read_modules(write_tree(tmp_path, {"terraform/lab/main.tf.json": text}), "t", mistakes)
    assert len(mistakes) == 1
