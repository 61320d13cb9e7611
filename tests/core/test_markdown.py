"""Names from outside stay text in Markdown."""

import pytest

from core.wording.markdown import code, plain, sentence

NAMES = (
    "**x**", "<b>x</b>", "![x](http://host/x.png)", "[x](http://host)", ":red[x]", ":material/delete:", "$x$",
    "`x`", "&lt;", "# x", "- x", "1. x", "~~x~~", "a_b", "x\n\n# y", "|a|b|", "\\[x](y)",
)  # fmt: skip


def shown(text: str) -> str:
    """What CommonMark makes of escaped text: a backslash before punctuation goes (section 2.4)."""
    out, characters = [], iter(text)
    for character in characters:
        follower = next(characters, "") if character == "\\" else ""
        out.append(follower if follower and not follower.isalnum() and not follower.isspace() else
                   character + follower)  # fmt: skip
    return "".join(out)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(name):
    assert shown(plain(name)) == " ".join(name.split())


@pytest.mark.parametrize("name", NAMES)
def test_no_mark_of_a_name_is_left_bare(name):
    escaped = plain(name)
    bare = [c for at, c in enumerate(escaped) if c in "*_`[<$#|~&:" and escaped[at - 1 : at] != "\\"]
    assert bare == []


@pytest.mark.parametrize(
    "name", ["![x](http://h)", "[x](http://h)", "<img src=x>", ":red[x]", "$x$", "*x*", "~~x~~"]
)
def test_a_message_with_a_name_in_it_has_no_live_mark(name):
    said = sentence(f"The image cats/{name}.jpg cannot be read.")
    assert all(said[said.index(c) - 1] == "\\" for c in "[<$*~" if c in said)


def test_a_message_of_ours_reads_as_before():
    for text in (
        "/no/such_folder does not exist.",
        "Put mnist.npz in THAW_DATA.",
        "Run `core show`.",
    ):
        assert sentence(text) == text


def test_a_backtick_in_a_name_opens_no_code():
    assert sentence("`` `a [x](u) ```").count("\\[") == 1
    assert "\\`" in sentence("cats/`.jpg is gone")


def test_what_is_escaped_already_stays_so():
    assert sentence(sentence("a [x](u)")) == sentence("a [x](u)")


@pytest.mark.parametrize(
    ("name", "written"), [("a.png", "`a.png`"), ("`a`.png", "`` `a`.png ``"), ("a``b", "``` a``b ```")]
)
def test_a_name_as_code_ends_where_it_should(name, written):
    assert code(name) == written
