# ruff: noqa: E501 - expressions stand here as people write them
"""Rego means here what it means in OPA: each expression is true, or says what OPA documents."""

from pathlib import Path
from typing import Any

import pytest

from infraops.assessment.rego.builtins import BUILTINS
from infraops.errors import InvalidInput
from tests.assessment.rego.trial import policies_in, value_of

INPUT = {"a": [1, 2, 3], "s": "foobar", "o": {"k": {"z": 1}}, "q": 'say "hi"\nx\\y', "n": None}
TRUE = {
    "abs": "abs(-1) == 1",
    "all": "all([true, true]); not all([true, false])",
    "and": "{1, 2} & {2, 3} == {2}",
    "any": "any([false, true]); not any([false])",
    "array.concat": "array.concat([1], [2]) == [1, 2]",
    "array.flatten": "array.flatten([[1], 2, [[3]]]) == [1, 2, [3]]",
    "array.reverse": "array.reverse([1, 2]) == [2, 1]",
    "array.slice": "array.slice([1, 2, 3], 1, 3) == [2, 3]",
    "base64.decode": r'base64.decode("eyJhIjoxfQ==") == "{\"a\":1}"',
    "base64.encode": 'base64.encode("a") == "YQ=="',
    "base64url.decode": 'base64url.decode("YQ") == "a"',
    "base64url.encode": 'base64url.encode("a") == "YQ=="',
    "cast_array": "cast_array([1]) == [1]",
    "ceil": "ceil(1.2) == 2",
    "concat": 'concat(",", ["a", "b"]) == "a,b"; concat("", {"b", "a"}) == "ab"',
    "contains": r'contains(input.q, "\"hi\""); not contains("a", "b")',
    "count": 'count(input.q) == 12; count({1, 1}) == 1; count({"a": 1}) == 1; count("größe") == 5',
    "crypto.md5": 'crypto.md5("") == "d41d8cd98f00b204e9800998ecf8427e"',
    "crypto.sha1": 'crypto.sha1("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
    "crypto.sha256": 'startswith(crypto.sha256(""), "e3b0c44298fc1c14")',
    "div": "7 / 2 == 3.5; 4 / 2 == 2",
    "endswith": 'endswith(input.s, "bar")',
    "equal": "equal(1, 1.0)",
    "floor": "floor(1.8) == 1",
    "format_int": 'format_int(10, 16) == "a"',
    "glob.match": 'glob.match("*.example.com", [], "a.example.com"); not glob.match("*.example.com", [], "a.b.example.com"); glob.match("{a,b}?", null, "bx"); glob.match("**.com", ["."], "a.b.com")',
    "graph.reachable": 'graph.reachable({"a": ["b"], "b": [], "c": []}, {"a"}) == {"a", "b"}',
    "gt": "2 > 1; [2] > [1, 5]",
    "gte": "2 >= 2",
    "indexof": 'indexof("abc", "c") == 2; indexof("abc", "x") == -1',
    "indexof_n": 'indexof_n("sad", "a") == [1]; indexof_n("aaa", "aa") == [0, 1]',
    "internal.member_2": '"a" in {"a"}; 1 in [1]; 1 in {"k": 1}; not 2 in [1]',
    "internal.member_3": '"k", 1 in {"k": 1}; not 1, 1 in [1]',
    "internal.print": 'print("x", input.nope, 1)',
    "intersection": "intersection({{1}, {1, 2}}) == {1}",
    "is_array": "is_array([]); not is_array({1})",
    "is_boolean": "is_boolean(false)",
    "is_null": "is_null(input.n)",
    "is_number": "is_number(1.5); not is_number(true)",
    "is_object": "is_object({})",
    "is_set": "is_set({1})",
    "is_string": 'is_string("")',
    "json.filter": 'json.filter({"a": {"b": 1, "c": 2}, "d": 3}, ["a/b"]) == {"a": {"b": 1}}',
    "json.is_valid": 'json.is_valid("{}"); not json.is_valid("{")',
    "json.marshal": r'json.marshal({"b": [1], "a": "\""}) == "{\"a\":\"\\\"\",\"b\":[1]}"',
    "json.patch": 'json.patch({"a": {"b": [1, 3]}}, [{"op": "add", "path": "/a/b/1", "value": 2}]) == {"a": {"b": [1, 2, 3]}}; json.patch({"a": 1}, [{"op": "move", "from": "/a", "path": "/b"}, {"op": "test", "path": "/b", "value": 1}]) == {"b": 1}; not json.patch({}, [{"op": "remove", "path": "/a"}]); not json.patch([1], [{"op": "add", "path": "/7", "value": 2}])',
    "json.remove": 'json.remove({"a": 1, "b": {"c": 2, "d": 3}}, ["a", "b/c"]) == {"b": {"d": 3}}',
    "json.unmarshal": r'json.unmarshal("{\"a\": [1, {\"b\": \"q\\\"\"}]}").a[1].b == "q\""',
    "lower": 'lower("ABÉ") == "abé"',
    "lt": '1 < "a"; "a" < [1]; null < false; false < 0; [1] < {"a": 1}; {"a": 1} < {1}',
    "lte": "1 <= 1.0",
    "max": "max([1, 3, 2]) == 3",
    "min": "min({3, 2}) == 2",
    "minus": "3 - 1 == 2; {1, 2} - {2} == {1}",
    "mul": "2 * 1.5 == 3",
    "neq": "1 != 2; not 1 != 1",
    "net.cidr_contains": 'net.cidr_contains("10.0.0.0/8", "10.1.0.0/16"); net.cidr_contains("0.0.0.0/0", "8.8.8.8"); not net.cidr_contains("10.0.0.0/8", "11.0.0.1")',
    "net.cidr_expand": 'net.cidr_expand("10.0.0.6/31") == {"10.0.0.6", "10.0.0.7"}',
    "net.cidr_intersects": 'net.cidr_intersects("10.0.0.0/8", "10.1.0.0/16"); not net.cidr_intersects("10.0.0.0/8", "11.0.0.0/8")',
    "net.cidr_is_valid": 'net.cidr_is_valid("10.0.0.0/8"); not net.cidr_is_valid("10.0.0.0")',
    "numbers.range": "numbers.range(1, 3) == [1, 2, 3]; numbers.range(2, 1) == [2, 1]",
    "numbers.range_step": "numbers.range_step(1, 6, 2) == [1, 3, 5]; numbers.range_step(3, 0, 2) == [3, 1]; not numbers.range_step(1, 2, 0)",
    "object.filter": 'object.filter({"a": 1, "b": 2}, ["a"]) == {"a": 1}',
    "object.get": 'object.get(input, "zz", "d") == "d"; object.get(input, ["o", "k", "z"], 0) == 1; object.get(input, ["o", "x", "z"], 0) == 0',
    "object.keys": 'object.keys({"a": 1}) == {"a"}',
    "object.remove": 'object.remove({"a": 1, "b": 2}, {"a"}) == {"b": 2}',
    "object.subset": 'object.subset({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}); not object.subset({"a": 1}, {"a": 2})',
    "object.union": 'object.union({"a": {"x": 1}}, {"a": {"y": 2}}) == {"a": {"x": 1, "y": 2}}',
    "object.union_n": 'object.union_n([{"a": 1}, {"a": 2}]) == {"a": 2}',
    "or": "{1} | {2} == {1, 2}",
    "plus": "1 + 0.5 == 1.5",
    "product": "product([2, 3]) == 6",
    "re_match": 're_match("^f.*r$", input.s)',
    "regex.find_all_string_submatch_n": 'regex.find_all_string_submatch_n("a(.)", "abac", -1) == [["ab", "b"], ["ac", "c"]]',
    "regex.find_n": 'regex.find_n("a.", "abac", -1) == ["ab", "ac"]; regex.find_n("a.", "abac", 1) == ["ab"]',
    "regex.is_valid": 'regex.is_valid("a+"); not regex.is_valid("(")',
    "regex.match": r'regex.match(`say "hi"\s+x\\y`, input.q); regex.match("o+", input.s); not regex.match("^bar$", input.s)',
    "regex.replace": 'regex.replace("abc", "(b)", "<$1>") == "a<b>c"',
    "regex.split": 'regex.split(", *", "a, b") == ["a", "b"]',
    "rem": "5 % 3 == 2",
    "replace": r'replace(input.q, "\"", "") == "say hi\nx\\y"',
    "round": "round(2.5) == 3; round(-2.5) == -3",
    "semver.compare": 'semver.compare("1.2.3", "1.10.0") == -1; semver.compare("1.0.0-rc.1", "1.0.0") == -1',
    "semver.is_valid": 'semver.is_valid("1.2.3"); not semver.is_valid("1.2"); not semver.is_valid("1.02.0"); not semver.is_valid("1.2.0-01")',
    "set_diff": "set_diff({1, 2}, {2}) == {1}",
    "sort": 'sort(["b", "a", 1]) == [1, "a", "b"]; sort({2, 1}) == [1, 2]',
    "split": r'split(input.q, "\n") == ["say \"hi\"", "x\\y"]; split("ab", "") == ["a", "b"]',
    "sprintf": r'sprintf("%s %d %v %q %5.2f|%-3s|%03d %t %x %%", ["a", 3, {"x": ["y"]}, "q", 1.5, "l", 7, true, 255]) == "a 3 {\"x\": [\"y\"]} \"q\"  1.50|l  |007 true ff %"; sprintf("%d and %s", ["x"]) == "%!d(x) and %!s(MISSING)"; sprintf("%d", [9007199254740993]) == "9007199254740993"',
    "startswith": 'startswith(input.s, "foo")',
    "strings.any_prefix_match": 'strings.any_prefix_match("abc", ["x", "a"]); not strings.any_prefix_match("abc", ["x"])',
    "strings.any_suffix_match": 'strings.any_suffix_match(["abc"], "c")',
    "strings.count": 'strings.count("aab", "a") == 2',
    "strings.replace_n": 'strings.replace_n({"a": "b"}, "aac") == "bbc"',
    "strings.split_n": 'strings.split_n("a/b/c", "/", 2) == ["a", "b"]; strings.split_n("a/b/c", "/", -1) == ["c"]',
    "strings.reverse": 'strings.reverse("ab") == "ba"',
    "substring": 'substring("abcd", 1, 2) == "bc"; substring("abcd", 2, -1) == "cd"',
    "sum": "sum([1, 2.5]) == 3.5",
    "time.parse_duration_ns": 'time.parse_duration_ns("1h1.5s") == 3601500000000; not time.parse_duration_ns("1 day")',
    "time.parse_rfc3339_ns": 'time.parse_rfc3339_ns("1970-01-01T01:00:00.5+01:00") == 500000000; not time.parse_rfc3339_ns("1970-01-01")',
    "to_number": 'to_number("12") == 12; to_number("1.5") == 1.5; to_number(true) == 1; to_number(1.5) == 1.5; not to_number([])',
    "trim": 'trim("aXa", "a") == "X"',
    "trim_left": 'trim_left("aXa", "a") == "Xa"',
    "trim_prefix": 'trim_prefix("abc", "a") == "bc"',
    "trim_right": 'trim_right("aXa", "a") == "aX"',
    "trim_space": r'trim_space(" a\n") == "a"',
    "trim_suffix": 'trim_suffix("abc", "c") == "ab"',
    "type_name": 'type_name({1}) == "set"; type_name(1) == "number"; type_name(true) == "boolean"',
    "union": "union({{1}, {2}}) == {1, 2}",
    "units.parse": 'units.parse("1.5Ki") == 1536; units.parse("100m") == 0.1; units.parse("2M") == 2000000',
    "units.parse_bytes": 'units.parse_bytes("1K") == 1000; units.parse_bytes("1.5KiB") == 1536; units.parse_bytes("2e3KB") == 2000000; not units.parse_bytes("1 KB")',
    "upper": r'upper(input.q) == "SAY \"HI\"\nX\\Y"',
    "walk": 'walk(input.o, [p, v]); v == 1; p == ["k", "z"]',
    "yaml.is_valid": r'yaml.is_valid("a: 1"); yaml.is_valid("a: 1\n---\nb: 2"); not yaml.is_valid("{")',
    "yaml.marshal": r'yaml.marshal({"a": 1}) == "a: 1\n"',
    "yaml.unmarshal": r'yaml.unmarshal("a: \"x\"").a == "x"',
}
LANGUAGE = [
    "input.a[_] == 2",
    "some i; input.a[i] == 3; i == 2",
    "some k, v in input.o; k == \"k\"",
    "every i, x in input.a { x == i + 1 }",
    "every x in [] { x == 1 }",
    "not input.zz",
    "not 4 in input.a",
    "[x | x := input.a[_]; x > 1] == [2, 3]",
    "{x | x := input.a[_]} == {1, 2, 3}",
    '{k: v | some k, v in {"a": 1}} == {"a": 1}',
    "[a, b] := [1, 2]; a + b == 3",
    "0.1 + 0.2 == 0.3; sum([0.1, 0.2]) == 0.3; 1 / 3 * 3 == 1; 4.35 * 100 == 435",
    "12345678901234567890123 % 10 == 3; 1e30 + 1 == 1000000000000000000000000000001",
    "0.1234567890123456789 > 0.1234567890123456788; 1e400 > 1e399",
    'sprintf("%[2]s %[1]s", ["a", "b"]) == "b a"; sprintf("%.1f %[1]d", [2]) == "2.0 2"',
    '{"x": y} := {"x": 4}; y == 4',
    "x = [1, 2]; x[0] = y; y == 1",
    'x := {1: "a", true: "b"}; x[1] == "a"; x[true] == "b"',
    "{1, 1.0, true} == {true, 1}",
    "input.a[count(input.a) - 1] == 3",
    'tripled with input.a as [3]; not tripled',
    'twice(2) == 4; kind(3) == "big"; kind(1) == "small"',
    "limit == 5",
    "`a\\d` == \"a\\\\d\"",
    'input["q"] == "say \\"hi\\"\\nx\\\\y"',
    'data.main.twice(1) == 2',
    'input.o[x][y] == 1; x == "k"; y == "z"',
    '{k | some k, v in {"a": "1", "b": ""}; v != ""} == {"a"}',
    '[v | some i, v in ["x", "y"]; i > 0] == ["y"]',
    "{v | some _, v in {1, 2}} == {1, 2}",
    '{k | some k, _ in {"a": false}} == {"a"}; count([1 | some _, _ in [5, 6]]) == 2',
    '[k | some k, v in {"a": false, "b": true}; v == false] == ["a"]',
    "[v | some i, v in array.concat([1], [2]); i == 1] == [2]",
    'count({k | some k, v in input.o; v.z == 1}) == 1; [\n  v |\n  some k, v in {\n"a": 1,\n"b": 2\n}\n  k == "b" # the second\n] == [2]',
    '{k: ws | some k, vs in {"a": [1, 2]}; ws := [w | some i, w in vs; i > 0]} == {"a": [2]}',
    'm := {"a": [7, 8]}; [x | some k, _ in {"a": 1}; x := [y | y := m[k][_]]] == [[7, 8]]',
    '[x | x := {k | some k, v in {"a": 1, "b": 2}; v > 1}] == [{"b"}]; not [k | some k, v in {"a": 1}] == []',
]  # fmt: skip
MODULE = """\
package main
import rego.v1
tripled if {{ input.a == [3] }}
twice(x) := x * 2
kind(x) := "big" if {{ x > 2 }} else := "small"
default limit := 5
limit := 6 if {{ input.nope }}
ok if {{
{body}
}}
deny contains "no" if {{ not ok }}
"""


# Each gives the names of the keys with what stands at them: `input.kept` is {"a": [1], "b": [2, 3]}.
CLOSED = [
    "found[key] := [x | x := input.kept[key][_]] if input.kept[key]",
    "found[key] := all if {\n  some key\n  input.kept[key]\n  all := [x | some x in input.kept[key]]\n}",
    "found[key] = all {\n  all := [x | x := input.kept[key][_]]\n  input.kept[key]\n}",
    "found[key] := at(key) if some key, _ in input.kept\nat(key) := [x | x := input.kept[key][_]]",
    "found := {key: all | input.kept[key]; all := [x | x := input.kept[key][_]]}",
    "found[key] := all if {\n  input.kept[key]\n  [all] := [deep | deep := [x | x := input.kept[key][_]]]\n}",
    "found[key] := all if {\n  walk(input, [[_, key], _])\n  all := [x | x := input.kept[key][i]; i >= 0]\n}",
    'found[key] := [x | x := input.kept[key][_]] if {\n  input.kept[key]\n  count([key | some key in ["a", "b"]; input.kept[key]]) == 2\n}',
]


@pytest.mark.parametrize("rules", CLOSED)
def test_a_comprehension_takes_the_names_around_it_for_what_they_are_there(tmp_path: Path, rules: str) -> None:
    kept = {"a": [1], "b": [2, 3]}
    text = f'package main\nimport rego.v1\ndeny contains "x" if count(found) > 9\n{rules}\n'
    text += 'deny contains sprintf("%s %v", [key, all]) if some key, all in found\n'
    policies = policies_in(tmp_path, {"a.rego": text})
    assert value_of(policies, "main.deny", {"kept": kept}) == ["a [1]", "b [2, 3]"]


def test_a_name_that_is_given_its_value_later_is_another_one_in_a_comprehension(tmp_path: Path) -> None:
    text = (
        "package main\nimport rego.v1\ndeny := each if {\n  all := {each | input.kept[each]}\n  each := count(all)\n}\n"
    )
    assert value_of(policies_in(tmp_path, {"a.rego": text}), "main.deny", {"kept": {"a": 1, "b": 2}}) == 2


def test_a_number_is_asked_of_data_that_has_a_text_there_and_it_is_said(tmp_path: Path) -> None:
    text = 'package main\nimport rego.v1\ndeny contains "x" if data.ports[input.port] == "closed"\n'
    policies = policies_in(tmp_path, {"a.rego": text, "data/ports.json": '{"ports": {"22": "closed"}}'})
    with pytest.raises(Exception, match='asks the data for the number 22, and there is the text "22"'):
        value_of(policies, "main.deny", {"port": 22})


def holds(root: Path, expression: str) -> Any:
    body = "\n".join(part.strip() for part in expression.split("; "))
    return value_of(policies_in(root, {"a.rego": MODULE.format(body=body)}), "main.ok", INPUT)


def test_every_function_there_is_was_tried() -> None:
    assert set(TRUE) == set(BUILTINS)


@pytest.mark.parametrize("expression", [*TRUE.values(), *LANGUAGE])
def test_an_expression_is_true_as_in_opa(tmp_path: Path, expression: str) -> None:
    assert holds(tmp_path, expression) is True


@pytest.mark.parametrize("call", ["opa.runtime()", 'http.send({"method": "get", "url": "http://127.0.0.1"})', "time.now_ns()", 'net.lookup_ip_addr("localhost")', 'rand.intn("a", 3)', 'uuid.rfc4122("a")'])  # fmt: skip
def test_nothing_reaches_out_of_a_policy(tmp_path: Path, call: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        holds(tmp_path, f"x := {call}; x")
    (mistake,) = refused.value.mistakes
    assert str(mistake.place) == "policies/a.rego:9"
    assert "reaches out of the policy, or answers otherwise each time" in mistake.problem


@pytest.mark.parametrize("pattern", [r"\pL", "[[:alpha:]]", r"a\z", "("])
def test_a_regular_expression_that_may_mean_something_else_here_is_not_asked(tmp_path: Path, pattern: str) -> None:
    policies = policies_in(tmp_path, {"a.rego": MODULE.format(body=f"regex.match(`{pattern}`, input.s)")})
    with pytest.raises(Exception, match="regular expression"):
        value_of(policies, "main.deny", INPUT)
