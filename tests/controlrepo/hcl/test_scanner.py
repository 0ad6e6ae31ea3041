import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.controlrepo.hcl.scanner import Block, BrokenHcl, scan

TRICKY = r"""
# variable "comment" {}
// variable "slashes" {}
/* variable "block" {
} */
variable "plain" { default = "}" }
variable "typed" {
  type        = list(object({ x = string
    y = optional(number, 3) }))
  description = <<-EOT
    } variable "heredoc" { default = 1 }
    ${jsonencode({ a = "}" })}
    EOT
  validation {
    condition     = var.typed == 1 || true
    default       = "not of the variable"
    error_message = "variable \"escaped\" {}"
  }
}
variable "after_comment" {
  type = string /* { */ # }
  default /* = */ = { a = "%{ if true }}%{ endif }", b = "$${", c = [for k, v in {} : k] } // x
}
locals { variable = 1 }
resource "a" "b" {
  variable "inner" {}
  default = "x"
}
output "one" { value = [for k, v in var.typed : "${k}-${"}"}"] }
output two {
  value = true ? { a = 1
  } : null
}
variable "last" {}
variable "no_newline" { type = any }"""


def names(text: str, kind: str) -> list[str]:
    return [block.labels[0] for block in scan(text) if block.kind == kind]


def test_only_top_level_blocks_are_found() -> None:
    assert names(TRICKY, "variable") == ["plain", "typed", "after_comment", "last", "no_newline"]
    assert names(TRICKY, "output") == ["one", "two"]


def test_attributes_are_those_right_inside_the_block() -> None:
    blocks = {block.labels[0]: block for block in scan(TRICKY) if block.kind == "variable"}
    assert {name for name, block in blocks.items() if "default" in block.attributes} == {"plain", "after_comment"}
    assert blocks["after_comment"].attributes["type"] == "string"
    assert blocks["typed"].attributes["type"].startswith("list(object(")
    assert blocks["typed"].line == 7
    assert blocks["no_newline"].attributes == {"type": "any"}


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('\nvariable "x" {\n', 2, "a { is not closed"),
        ('variable "x" {\n default = [1,\n}', 2, "a [ is not closed"),
        ('variable "x" {\n\n default = "y\n}', 3, "a string is not closed"),
        ('variable "x" {\n default = "${y"\n}', 2, "is not closed"),
        ("x = <<EOT\nabc\n", 1, "the heredoc EOT is not closed"),
        ("\n\n/* abc\n", 3, "a comment is not closed"),
    ],
)
def test_what_is_not_closed_is_named(text: str, line: int, problem: str) -> None:
    with pytest.raises(BrokenHcl) as caught:
        scan(text)
    assert problem in caught.value.problem
    assert caught.value.line == line


@given(st.text(alphabet=st.sampled_from('abvx "{}[]()=\\$%#/*\n<-_E1'), max_size=80))
def test_any_text_is_scanned_or_refused(text: str) -> None:
    try:
        scan(text)
    except BrokenHcl as broken:
        assert 1 <= broken.line <= text.count("\n") + 1


@given(
    st.lists(
        st.tuples(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), st.booleans(), st.text(max_size=20)),
        unique_by=lambda one: one[0],
    )
)
def test_declared_variables_come_back_whatever_their_descriptions_hold(variables: list[tuple[str, bool, str]]) -> None:
    text = ""
    for name, has_default, description in variables:
        quoted = json.dumps(description).replace("${", "$${").replace("%{", "%%{")
        default = '  default = { a = [1, "}"] }\n' if has_default else ""
        text += f'variable "{name}" {{\n  description = {quoted}\n{default}}}\n'
    assert [(block.labels[0], "default" in block.attributes) for block in scan(text)] == [
        (name, has_default) for name, has_default, _ in variables
    ]


def test_a_block_knows_its_labels() -> None:
    assert scan('resource "a" "b" {}') == (Block("resource", ("a", "b"), 1, {}),)
