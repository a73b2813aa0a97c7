from __future__ import annotations

import json
import unicodedata

import pytest

from exporter.domain.text import as_utf8, first_line, printable, visible, visible_json, visible_lines
from exporter.domain.usage.labels import project_label
from exporter.domain.usage.pricing import normalize_model


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("claude-opus-4-5", "claude-opus-4-5", id="an ordinary name"),
        pytest.param("a\nb\x1b[31mc\0", "ab[31mc", id="nothing moves the cursor"),
        pytest.param("é→✓ x", "é→✓ x", id="other scripts and spaces"),
        pytest.param("x" * 1_000_000, "x" * 100, id="a hundred characters"),
    ],
)
def test_printable(text: str, expected: str) -> None:
    assert expected == printable(text)


def test_labels_are_printable() -> None:
    assert "claude-x" == normalize_model("claude-\nx")
    assert "shop" == project_label("/home/dev/sh\nop", set())
    assert "/" == project_label("/\x01", set())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("/home/ada/shop é→✓ 日本", "/home/ada/shop é→✓ 日本", id="an ordinary text stays as it is"),
        pytest.param("C:\\new\\table", "C:\\new\\table", id="a backslash is not an escape"),
        pytest.param("\x1b]0;title\x07", "\\x1b]0;title\\x07", id="a title of the terminal"),
        pytest.param("\x9b2J\x7f", "\\x9b2J\\x7f", id="C1 and delete"),
        pytest.param("a\r\nb\tc", "a\\r\\nb\\tc", id="line breaks and tabs"),
        pytest.param("a\u2028b\u2029c\x85d", "a\\u2028b\\u2029c\\x85d", id="line breaks of Unicode"),
        pytest.param("\u202eexe\u2066", "\\u202eexe\\u2066", id="bidi controls"),
        pytest.param("a\u200bb\ufeffc\u00ad", "a\\u200bb\\ufeffc\\xad", id="zero width"),
        pytest.param("a\U000e0041", "a\\U000e0041", id="a hidden tag"),
        pytest.param("a\u3164b\u034f", "a\\u3164b\\u034f", id="letters that are drawn as nothing"),
        pytest.param("caf\udce9", "caf\\udce9", id="a file's name that is not UTF-8"),
        pytest.param("❤\ufe0f e\u0301 \u00a0", "❤\ufe0f e\u0301 \u00a0", id="variants, accents and spaces stay"),
    ],
)
def test_visible(text: str, expected: str) -> None:
    assert expected == visible(text)


def test_no_control_of_unicode_passes() -> None:
    hidden = [
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    ]
    shown = visible("".join(hidden))
    assert shown.isascii()
    assert shown.isprintable()
    assert len(hidden) == shown.count("\\")


def test_lines_stay_lines() -> None:
    assert "a\\x1b\nb\\r" == visible_lines("a\x1b\nb\r")


def test_json_is_equal_when_parsed() -> None:
    value = {"na\u202eme": ["\x1b\x9b\x7f\n\u2028", "\U000e0041❤\ufe0f", 'a"\\u202e\\b', "\u3164"]}
    text = json.dumps(value, ensure_ascii=False, indent=2)
    shown = visible_json(text)
    assert value == json.loads(shown)
    assert [] == [c for c in shown.replace("\n", "") if not c.isprintable() or c == "\u3164"]
    assert text.count("\n") == shown.count("\n")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"", b"", id="nothing"),
        pytest.param("é".encode(), "é".encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf{}", b"{}", id="UTF-8 with a mark"),
        pytest.param("{é}".encode("utf-16-le"), "{é}".encode(), id="UTF-16 without a mark"),
        pytest.param("\n {é}".encode("utf-16-be"), "\n {é}".encode(), id="the other way round, after a line break"),
        pytest.param(b"{\0}", "{\ufffd".encode(), id="the same, cut in the middle of a character"),
        pytest.param(b"\0\0\0{", b"\0\0\0{", id="another encoding"),
        pytest.param(b"\0", b"\0", id="one NUL"),
        pytest.param(b"{}\0", b"{}\0", id="a NUL at the end"),
        pytest.param(b"\xff\xfe{\0}\0", b"{}", id="UTF-16, little end first"),
        pytest.param(b"\xfe\xff\0{\0}", b"{}", id="UTF-16, big end first"),
        pytest.param(b"\xff\xfe{\0}", "{\ufffd".encode(), id="cut in the middle of a character"),
        pytest.param(b"\xff\xfe\x00\xd8", "\ufffd".encode(), id="half a character"),
    ],
)
def test_as_utf8(content: bytes, expected: bytes) -> None:
    assert expected == as_utf8(content)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("\n  first \nsecond", "first"),
        ("a\u2028b", "a"),
        ("\x1b[2J\u202eab", "\\x1b[2J\\u…"),
        ("0123456789", "0123456789"),
        ("0123456789a", "012345678…"),
        ("x" * 100_000, "xxxxxxxxx…"),
    ],
)
def test_first_line(text: str, shown: str) -> None:
    assert shown == first_line(text, 10)
