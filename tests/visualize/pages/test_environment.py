"""Templates: whatever comes from data is text."""

from __future__ import annotations

from visualize.pages.environment import rendered, static


def _index(title: str) -> str:
    return rendered(
        "index.html", root="", title=title, lead="", crumbs=[("", title)], networks=[], detectors=(), concepts_bars=(),
        cuts="", colours={}, pairs=[], concepts=[], transfers=[],
    )  # fmt: skip


def test_markup_in_data_is_escaped_and_marks_of_direction_are_gone() -> None:
    page = _index('<script>alert("1")</script>\u202egnp.exe & \x1b[31m')
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;" in page
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_pages_forbid_whatever_is_not_their_own() -> None:
    policy = _index("a").partition('Content-Security-Policy" content="')[2].partition('"')[0]
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    sources = {source for name, value in directives.items() for source in value.split()}
    assert sources <= {"'none'", "'self'", "data:"}


def test_styles_and_scripts_ask_for_nothing_from_elsewhere() -> None:
    for name in ("report.css", "report.js"):
        text = static(name).decode()
        code = [line for line in text.splitlines() if not line.strip().startswith("//")]
        assert not [line for line in code if "//" in line]
        assert "@import" not in text
        assert "url(" not in text
