"""What no page may hold (inline code, sinks, queries), and what no script or sheet may ask of an old browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests import house_reading as house
from tests.house_reading import assert_none

# === What no page may hold ============================================================================================

SINKS = (
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bcreateContextualFragment\b|\bparseFromString\b|\bsrcdoc\b"
    r"|\bsetHTML(?:Unsafe)?\b|\bdocument\s*\.\s*write(?:ln)?\b|\beval\s*\(|\bnew\s+Function\b"
)
STRING_SINKS = r"""setAttribute\(\s*["'](?:on\w+|style|srcdoc)["']|javascript:"""
INLINE = (
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|<style\b|\sstyle\s*="
    r"|\son[a-z]+\s*=\s*[\"']|javascript:|\bhx-on"
)
UNESCAPED = r"\|\s*safe\b|\{%-?\s*autoescape\s+false"
QUERIES = r"\.query\b|\bsession\.|\bscalars?\(|\bexecute\(|\bselect\(|\bdb\."


def _page_sins(path: str, source: str) -> Iterator[str]:
    if path.endswith(".js"):
        found = house.lines_with(SINKS, house.without_comments(source, keep_strings=False))
        found += house.lines_with(STRING_SINKS, house.without_comments(source))
    else:
        bare = re.sub(r"\{#.*?#\}|<!--.*?-->", lambda m: "\n" * m.group().count("\n"), source, flags=re.DOTALL)
        found = house.lines_with(f"{INLINE}|{UNESCAPED}", bare)
        for line, code in house.lines_with(r"\{[{%][^}]*[}%]\}", bare):
            unquoted = re.sub(r"'[^']*'|\"[^\"]*\"", "", code)  # url_for('session.sign_in') names a route
            found += [(line, text) for _, text in house.lines_with(QUERIES, unquoted)]
    yield from (f"{path}:{line}: {text}" for line, text in found)


def test_pages_hold_no_inline_code_no_sinks_and_run_no_queries():
    html = [path for path in house.our_files() if path.endswith(".html")]
    pages = [path for path in html if path.startswith(("templates/", "static/"))]
    assert_none(s for path in pages + house.scripts("static/") for s in _page_sins(path, house.read(path)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("static/js/ui/a.js", "node.innerHTML = name;"),
        ("static/js/ui/a.js", 'node.setAttribute("style", "color: red");'),
        ("templates/base.html", "<script>alert(1)</script>"),
        ("templates/base.html", '<p style="color: red">'),
        ("templates/base.html", '<button onclick="go()">'),
        ("templates/base.html", "{{ name|safe }}"),
        ("templates/base.html", "{% for r in Record.query.all() %}"),
        ("templates/base.html", "{{ url_for('session.sign_in') }}{{ db.session.get(Case, key) }}"),
    ],
)
def test_a_page_sin_is_seen(path, text):
    assert list(_page_sins(path, text))


# === The browser floor: Chromium 99, Safari 16.4 ======================================================================

NEWER_SCRIPT = (
    r"\.(?:toSorted|toReversed|toSpliced|isWellFormed|toWellFormed|checkVisibility|showPopover|togglePopover)\(",
    r"(?<!this)\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(",
    r"\b(?:Array\.fromAsync|Promise\.(?:withResolvers|try)|(?:Object|Map)\.groupBy|Iterator\.from|Error\.isError)\b",
    r"\bURL\.(?:canParse|parse)\b|\bAbortSignal\.(?:timeout|any)\b|\.throwIfAborted\(|\bReadableStream\.from\b",
    r"\bUint8Array\.from(?:Base64|Hex)\b|\.(?:toBase64|toHex|setFromBase64|transferToFixedLength)\(",
    r"\brequestIdleCallback\b|\bnavigator\.connection\b|\bscheduler\.\w+|\bstartViewTransition\b|\bTemporal\.",
    r"\.(?:(?:entries|keys|values)\(\)|matchAll\([^()]*\))\s*\.(?:map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\(",
    r"\bResponse\.json\(|\.bytes\(\)|\bMath\.sumPrecise\b|\bRegExp\.escape\b|\.getPublicKey\(|\bpopover\b",
    r"\bshow(?:Open|Save)FilePicker\b|\bIntl\.DurationFormat\b|\bgetOrInsert\w*\(|\.inert\b|\bawait\s+using\b",
    r"\bfor\s+await\s*\([^)]*\b(?:body|stream|readable)\w*\s*\)",  # Safari cannot iterate over a stream
    r"\bimport\b[^;]*\b(?:with|assert)\s*\{",
)
NEWER_STRINGS = r"""["'](?:deflate-raw|Ed25519|X25519)["']"""
NEWER_STYLE = (
    r":has\(|:dir\(|:modal\b|:popover-open|:user-(?:in)?valid",
    r"@(?:container|scope|starting-style|view-transition)\b|\bcontainer(?:-type|-name)?\s*:",
    r"\b(?:color-mix|light-dark|oklch|oklab|lch|lab|image-set|anchor|linear)\(",
    r"\b(?:round|mod|rem|sin|cos|tan|asin|acos|atan2?|pow|sqrt|hypot|exp|sign)\(",
    r"\d(?:[dsl]v[hwib]|[dsl]vmin|[dsl]vmax|r?lh|cq[whib])\b",
    r"^\s*(?:translate|rotate|scale|text-wrap|field-sizing|scrollbar-gutter|animation-timeline|inert)\s*:",
    r"\bsubgrid\b|\(\s*(?:width|height)\s*[<>]|[<>]=?\s*(?:width|height)\b",
)
# (path, what matched) -> the test of its fallback, as path::name.
FALLBACK_TESTED: dict[tuple[str, str], str] = {}


def _newer(path: str, source: str) -> Iterator[str]:
    found: list[tuple[int, str]] = []
    if path.endswith(".js"):
        code = house.without_comments(source, keep_strings=False)
        found += [hit for pattern in NEWER_SCRIPT for hit in house.lines_with(pattern, code)]
        found += house.lines_with(NEWER_STRINGS, house.without_comments(source))
    else:
        sheet = re.sub(r"/\*.*?\*/|\"[^\"\n]*\"", lambda m: "\n" * m.group().count("\n"), source, flags=re.DOTALL)
        found += [hit for pattern in NEWER_STYLE for hit in house.lines_with(pattern, sheet)]
        found += _nested(sheet)
    yield from (
        f"{path}:{line}: {text!r} is newer than Chromium 99 and Safari 16.4"
        for line, text in found
        if (path, text) not in FALLBACK_TESTED
    )


def _nested(sheet: str) -> Iterator[tuple[int, str]]:
    """Rules inside rules: only an at-rule may hold another rule on our floor."""
    open_rules: list[bool] = []
    start = 0
    for match in re.finditer(r"[{};]", sheet):
        if match.group() == "{":
            prelude = sheet[start : match.start()].strip()
            if any(open_rules):
                yield sheet.count("\n", 0, match.start()) + 1, f"nested: {prelude[-60:]}"
            open_rules.append(not prelude.startswith("@"))
        elif match.group() == "}" and open_rules:
            open_rules.pop()
        start = match.end()


def test_no_script_or_sheet_is_newer_than_the_oldest_phone():
    sheets = [path for path in house.our_files() if path.startswith("static/css/") and path.endswith(".css")]
    assert_none(s for path in sheets + house.scripts("static/") for s in _newer(path, house.read(path)))


def test_every_exception_from_the_floor_names_a_test_that_exists():
    for path, _, name in (test.partition("::") for test in FALLBACK_TESTED.values()):
        assert f"def {name}(" in house.read(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("static/js/a.js", "const sorted = list.toSorted();"),
        ("static/js/a.js", "const { promise } = Promise.withResolvers();"),
        ("static/js/a.js", 'new CompressionStream("deflate-raw")'),
        ("static/js/a.js", "for await (const chunk of response.body) use(chunk);"),
        ("static/js/a.js", "const names = map.keys().map((key) => key.name);"),
        ("static/js/a.js", "return Response.json({});"),
        ("static/js/a.js", "await crypto.subtle.getPublicKey(key, []);"),
        ("static/css/a.css", "form:has(input) { color: red }"),
        ("static/css/a.css", "main { height: 100dvh }"),
        ("static/css/a.css", ".card { color: red; .title { color: blue } }"),
        ("static/css/a.css", "@media (width >= 40em) { a { color: red } }"),
    ],
)
def test_a_name_beyond_the_floor_is_seen(path, text):
    assert list(_newer(path, text))


def test_what_the_floor_has_is_let_be():
    assert_none(_newer("static/css/a.css", "@media (min-width: 40em) { a:is(.b, .c) { inset: 0; gap: 1rem } }"))
    assert_none(_newer("static/js/a.js", "structuredClone(list.findLast((x) => x.at(-1)));  // toSorted( is too new"))


# === What the shrinker makes of a script =============================================================================

# It writes Math.trunc(x) as x | 0, which is another number above 2^31: a moment in milliseconds, an amount in cents.
REWRITTEN = r"\bMath\s*(?:\?\.|\.)\s*trunc\b|\bMath\s*(?:\?\.)?\[|\btrunc\b[^=}]*\}\s*=\s*Math\b"


def _rewritten(path: str, source: str) -> Iterator[str]:
    for line, text in house.lines_with(REWRITTEN, house.without_comments(source, keep_strings=False)):
        yield f"{path}:{line}: {text!r} is wrong above 2^31 once shrunk; use Math.floor, and say what is below zero"


def test_no_script_uses_what_the_shrinker_makes_wrong_above_2_to_the_31():
    assert_none(sin for path in house.scripts("static/js/") for sin in _rewritten(path, house.read(path)))


@pytest.mark.parametrize(
    "text", ["x = Math.trunc(y);", "rows.map(Math . trunc)", "const { trunc } = Math;", 'x = Math["trunc"](y);']
)
def test_what_the_shrinker_makes_wrong_is_seen(text):
    assert list(_rewritten("static/js/a.js", text))


def test_other_roundings_and_words_in_comments_are_let_be():
    assert not list(_rewritten("static/js/a.js", "x = Math.floor(y); // Math.trunc is shrunk to | 0"))
