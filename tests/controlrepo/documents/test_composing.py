import pytest

from infraops.controlrepo.documents.composing import HEAVIEST, compose, compose_value
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.errors import InvalidInput, Place


def read(text: str) -> Document:
    mistakes = Mistakes()
    document = compose(text, "f.yaml", mistakes)
    mistakes.refuse()
    assert document is not None
    return document


def wrong(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_every_value_knows_its_line() -> None:
    document = read("a: 1\nb:\n  c: [x,\n    y]\n  d:\n    - e: 2\n")
    assert document.value == {"a": 1, "b": {"c": ["x", "y"], "d": [{"e": 2}]}}
    places = {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 3,
        ("b", "c", 1): 4,
        ("b", "d", 0, "e"): 6,
        ("b", "missing"): 2,
        ("nothing", "at", "all"): 1,
    }
    assert {path: document.place(*path).line for path in places} == places


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ("null", None),
        ("-7", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.50", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
        (".", "."),
        ("-", None),
        ("0", 0),
        ("-0", 0),
        ("9223372036854775807", 2**63 - 1),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text: str, value: object) -> None:
    if text == "-":
        assert read("a:\n  -\n").value == {"a": [None]}
    else:
        found = read(f"a: {text}\n").value["a"]
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("'1'", "1"),
        ("3", 3),
        ("true", True),
        ("~", None),
        ("", None),
        ("# only a comment", None),
        ("[yes, 1]", ["yes", 1]),
        ("{a: off}", {"a": "off"}),
    ],
)
def test_a_value_alone_means_what_it_means_in_a_file(text: str, value: object) -> None:
    mistakes = Mistakes()
    assert compose_value(text, "hosts", mistakes) == value
    assert len(mistakes) == 0
    if not text.startswith("#"):
        assert read(f"a: {text}\n").value["a"] == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0755", "the number starts with a zero"),
        ("!!str 1", "the tag !!str is not allowed"),
        ("[1,", "a [ or { is not closed"),
        ("1\n---\n2", "a second document starts here"),
        ("b\udcff", "it is not UTF-8"),
    ],
)
def test_a_value_alone_is_refused_as_in_a_file(text: str, message: str) -> None:
    mistakes = Mistakes()
    compose_value(text, "hosts", mistakes)
    with pytest.raises(InvalidInput) as caught:
        mistakes.refuse()
    assert message in caught.value.mistakes[0].problem


def test_merge_keys_and_aliases_are_allowed() -> None:
    document = read("base: &base {x: 1, y: 2}\na:\n  <<: *base\n  y: 3\nb:\n  <<: [*base, {z: 4}]\nc: *base\n")
    assert document.value["a"] == {"y": 3, "x": 1}
    assert document.value["b"] == {"x": 1, "y": 2, "z": 4}
    assert document.value["c"] == {"x": 1, "y": 2}
    assert document.place("a", "x").line == 1, "a merged value is mended where it is written"


def test_a_quoted_merge_key_is_an_ordinary_key() -> None:
    assert read('a: {"<<": 1}\n').value == {"a": {"<<": 1}}


def test_an_anchor_may_be_defined_again() -> None:
    assert read("a: &x 1\nb: *x\nc: &x 2\nd: *x\n").value == {"a": 1, "b": 1, "c": 2, "d": 2}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml:1: the file is empty"),
        ("# only a comment\n", "f.yaml:1: the file is empty"),
        ("---\n", "f.yaml:1: the file is empty"),
        ("- a\n", "f.yaml:1: expected keys and values, found a list"),
        ("# x\njust text\n", "f.yaml:2: expected keys and values, found text"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2: a second document starts here"),
        ("a: 1\nb: 2\na: 3\n", 'f.yaml:3: the key "a" stands twice; it is also on line 1'),
        ("a: {b: 1, b: 2}\n", 'f.yaml:1: the key "b" stands twice'),
        ("a:\n\tb: 1\n", "f.yaml:2: a tab is used for indentation; indent with spaces"),
        ("a: b: c\n", 'f.yaml:1: a ": " stands where no new key can start'),
        ("a: 1\nb:\n  - [1,\n  - 2\n", "f.yaml:3: a [ or { is not closed"),
        ("a: [1,\n", "f.yaml:1: a [ or { is not closed"),
        ("x: 1\na: {b: 1\nc: 2\n", "f.yaml:2: a { is not closed"),
        ("x: 1\na: 'b\nc: d\n", "f.yaml:2: a quote is not closed"),
        ("a: @b\n", "f.yaml:1: a value starts with a character that YAML keeps for itself"),
        ("a: %b\n", "f.yaml:1: a value starts with a character that YAML keeps for itself"),
        ('a: "\\q"\n', "f.yaml:1: the backslash starts an escape that YAML does not know"),
        ("a:\n  - b\n c: 1\n", "f.yaml:3: the indentation fits no level above"),
        ("a:\n  - a\n  b: 1\n", "f.yaml:3: a key stands where the next item of a list is expected"),
        ("a: - b\n", 'f.yaml:1: a "- " stands where no list can start'),
        ("a: !foo 1\n", "f.yaml:1: the tag !foo is not allowed"),
        ("a: !!python/object:os.system x\n", "f.yaml:1: the tag !!python/object:os.system is not allowed"),
        ("a: !!str 1\n", "f.yaml:1: the tag !!str is not allowed"),
        ("a: *b\n", "f.yaml:1: the alias *b has no anchor"),
        ("a: &a [*a]\n", "f.yaml:1: the alias *a stands inside its own anchor"),
        ("1: a\n", 'f.yaml:1: a key must be text, found 1; put it in quotes: "1"'),
        ("true: a\n", 'f.yaml:1: a key must be text, found true; put it in quotes: "true"'),
        ("? [a]\n: b\n", "f.yaml:1: a key must be text, found a list"),
        ("a: {<<: 1}\n", "f.yaml:1: a merge key << takes a mapping or a list of mappings"),
        ("a: 0755\n", "f.yaml:1: the number starts with a zero, which some read as octal"),
        ("a: .inf\n", "f.yaml:1: .inf is not a number that Terraform can take"),
        ("a: 1e999\n", "f.yaml:1: the number is too large"),
        ("a: 99999999999999999999\n", "f.yaml:1: the number does not fit into 64 bits"),
        ("a: " + "9" * 5000 + "\n", "f.yaml:1: the number does not fit"),
        ("a: 1\nb: \x01\n", "f.yaml:2: the control character U+0001 is not allowed"),
        ("a: 1\n...\nb\n", "f.yaml:3: this stands outside the document"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, message: str) -> None:
    (found,) = wrong(text)
    assert found.startswith(message)
    assert "; " in found, "says what to do"


def test_mistakes_that_do_not_stop_the_reading_are_shown_together() -> None:
    assert len(wrong("a: 1\na: 2\nb: !x 1\n2: c\n")) == 3


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "a: " + "[" * 500 + "]" * 500,
        "- " * 100_000,
        "a: " + "{a: " * 50_000,
        "\n".join(" " * i + "a:" for i in range(500)),
        "? " * 50_000,
    ],
)
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    (found,) = wrong(text)
    assert "nested more than" in found or "expected keys and values" in found


def test_exploding_aliases_are_refused() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for above, name in zip("abcdefgh", "bcdefghi", strict=True):
        bomb += f"{name}: &{name} [{', '.join(['*' + above] * 9)}]\n"
    (found,) = wrong(bomb)
    assert f"stand for more than {HEAVIEST} values" in found


def test_exploding_merge_keys_are_refused() -> None:
    wide = "{" + ", ".join(f"k{number}: 1" for number in range(1000)) + "}"
    text = f"a: &a {wide}\n" + "".join(f"b{number}: {{<<: *a}}\n" for number in range(30))
    (found,) = wrong(text)
    assert "aliases" in found


def test_a_large_file_without_aliases_is_read() -> None:
    count = HEAVIEST + 10
    assert len(read("a: [" + ", ".join(["1"] * count) + "]\n").value["a"]) == count


def test_places_are_of_the_file_named() -> None:
    assert read("a: 1\n").place("a") == Place("f.yaml", 1)
