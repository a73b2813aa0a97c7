"""A member comes into the text of an object and goes again, and every other byte stays."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exporter.domain.claude_settings.json_text import (
    append_member,
    object_members,
    remove_member,
    replace_value,
    style_of,
)
from support.sampling import sample_or_all

VALUE = {"a": 1, "b": "✓"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("{}", '{\n  "x": {\n    "a": 1,\n    "b": "\\u2713"\n  }\n}', id="empty"),
        pytest.param("{\n}\n", '{\n  "x": {\n    "a": 1,\n    "b": "\\u2713"\n  }\n}\n', id="empty on two lines"),
        pytest.param(
            '{\n    "k": [1, 2]\n}',
            '{\n    "k": [1, 2],\n    "x": {\n        "a": 1,\n        "b": "\\u2713"\n    }\n}',
            id="four spaces, and an array on one line",
        ),
        pytest.param(
            '{\n\t"k": "é"\n}\n', '{\n\t"k": "é",\n\t"x": {\n\t\t"a": 1,\n\t\t"b": "✓"\n\t}\n}\n', id="tabs, not ASCII"
        ),
        pytest.param(
            '{\r\n  "k": 1.50\r\n}\r\n',
            '{\r\n  "k": 1.50,\r\n  "x": {\r\n    "a": 1,\r\n    "b": "\\u2713"\r\n  }\r\n}\r\n',
            id="CRLF",
        ),
        pytest.param('{"k":1}', '{"k":1,"x":{"a":1,"b":"\\u2713"}}', id="compact"),
        pytest.param('{ "k": 1 }\n', '{ "k": 1, "x": {"a": 1, "b": "\\u2713"} }\n', id="on one line"),
        pytest.param('{\n"k": 1\n}', '{\n"k": 1,\n"x": {\n"a": 1,\n"b": "\\u2713"\n}\n}', id="without indentation"),
    ],
)
def test_a_member_is_written_as_the_others_are(text: str, expected: str) -> None:
    members = object_members(text)
    found = append_member(text, members, "x", VALUE, style_of(text, members))
    assert expected == found
    again = object_members(found)
    assert ("{}" if not members else text).strip() == remove_member(found, again, again[-1]).strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"x": 1}', "{}", id="alone"),
        pytest.param('{"x": 1, "k": 2}', '{"k": 2}', id="the first"),
        pytest.param('{\n  "j": 0,\n  "x": [1,\n 2],\n  "k": 2\n}', '{\n  "j": 0,\n  "k": 2\n}', id="between"),
    ],
)
def test_a_member_goes_with_its_comma(text: str, expected: str) -> None:
    members = object_members(text)
    (member,) = (one for one in members if one.key == "x")
    assert expected == remove_member(text, members, member)


def test_another_value() -> None:
    text = '{"a" :  {"x": [1]},"b":2}'
    members = object_members(text)
    assert '{"a" :  "new","b":2}' == replace_value(text, members[0], "new", style_of(text, members))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param('{"a": 1,}', id="a trailing comma"),
        pytest.param('{"a": 1} // so', id="a comment behind"),
        pytest.param('{/* so */"a": 1}', id="a comment inside"),
        pytest.param('\ufeff{"a": 1}', id="a byte order mark"),
        pytest.param('["a"]', id="an array"),
        pytest.param('{"a": NaN}', id="NaN"),
        pytest.param("{'a': 1}", id="single quotes"),
        pytest.param('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", id="nested too deeply"),
    ],
)
def test_anything_but_a_plain_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        object_members(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
)


@pytest.mark.long
@settings(max_examples=sample_or_all(25, 400))
@given(st.dictionaries(st.text().filter(lambda key: key != "x"), JSON), st.sampled_from([None, 0, 1, 4, "\t"]))
def test_any_object_keeps_its_members_and_its_bytes(value: dict[str, object], indent: int | str | None) -> None:
    text = json.dumps(value, indent=indent)
    members = object_members(text)
    found = append_member(text, members, "x", VALUE, style_of(text, members))
    assert {**value, "x": VALUE} == json.loads(found)
    again = object_members(found)
    assert text == remove_member(found, again, again[-1])
