"""Forms broken at random, from one seed each: tables with cells that do not belong there, XML with pieces moved."""

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from pyxform.xls2xform import convert

from fieldapp.forms.limits import Budget
from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.xform import compile_xform

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
ATTACHMENTS = {
    "county.csv": "name,label,prov\n1101,东城,11\n3101,黄浦,31\n".encode(),
    "price.csv": b"code,price\na,1.5\nb,2\n",
    "map.png": PNG,
}
RICH = """| survey |
| | type | name | label::中文 (zh) | label::English (en) | relevant | constraint | calculation | default | trigger | repeat_count | choice_filter | parameters | appearance | media::image | bind::fa:sensitivity | bind::fa:moment | bind::fa:unknown |
| | start | start |
| | end | end |
| | text | who | 谁 | Who | | regex(., '[a-z]{1,9}') | | ${last-saved#who} | | | | | multiline | map.png | household | door | refused later |
| | integer | age | 年龄 ${who} | Age ${who} | ${who} != '' | . >= 0 and . < 120 | | | | | | | | | household |
| | range | score | 分 | Score | | | | | | | | start=0 end=10 step=2 | rating | | household |
| | select_one yn | alone | 单独 | Alone | | | | | | | | | minimal | | violence |
| | select_multiple needs | need | 需要 | Needs | ${alone} = 'yes' | count-selected(.) < 3 | | | | | ${age} > 3 or name != 'food' | randomize=true seed=42 | | | household |
| | rank needs | order | 排序 | Order | | | | | | | | | | | household |
| | select_one_from_file county.csv | county | 县 | County | | | | | | | prov = '11' | | | | household |
| | geopoint | here | 位置 | Place | | | | | | | | | | | household |
| | calculate | price | | | | | pulldata('price', 'price', 'code', ${who}) |
| | calculate | stamp | | | | | now() | | ${age} |
| | text | copy | 抄 | Copy | | | concat(${who}, ' ', ${score}) | | ${who} | | | | | | household |
| | begin_repeat | child | 孩子 | Child | | | | | | ${score} | | | | | household |
| | text | name | 名 | Name | | | | once(uuid()) | | | | | | | child |
| | decimal | height | 高 | Height | | . > 0 | | | | | | | | | health |
| | end_repeat |
| | begin_repeat | visit | 走访 | Visit | | | | | | | | | | | household |
| | date | on | 日 | On | | . <= today() | | | | | | | | | household |
| | select_one ${name} | whom | 谁 | Whom | | | | | | | | | | | household |
| | end_repeat |
| | calculate | tall | | | | | round(max(${height}), 1) + sqrt(sum(/data/child[position() > 1]/height)) |
| | calculate | way | | | | | if(count(${visit}) > 0, indexed-repeat(${on}, ${visit}, 1), distance(${here}, '0 0')) |
| | note | said | **甲** ${way} | **A** ${way} |
| choices |
| | list_name | name | label::中文 (zh) | label::English (en) | media::image |
| | yn | yes | 是 | Yes | map.png |
| | yn | no | 否 | No |
| | needs | food | 食 | Food |
| | needs | heat | 暖 | Heat |
| | needs | care | 看护 | Care |
| settings |
| | form_id | form_title | version | default_language | namespaces | instance_name |
| | Z2 | 乱 / Fuzz | 3 | 中文 (zh) | fa="urn:fieldapp:form:1" | concat(${who}, ' ', today()) |"""  # noqa: E501
NASTY = [
    "", " ", "-", "0", "yes", "no", "true()", "false()", ".", "..", "/", "//", "/data", "/data/who", "../who", "${who}",
    "${nobody}", "${", "}", "${who} +", "((((", "))))", "'", '"', "'a", "1 div 0", "-1", "1e9", "99999999999999999999",
    "today()", "now() + 1", "count(${child})", "sum(${height})", "position(..)", "position()", "current()/../who",
    "instance('yn')/root/item[name = 'yes']/label", "instance('yn')", "instance('x')/root/item", "randomize(${child})",
    "pulldata('price', 'x', 'code', 1)", "indexed-repeat(${name}, ${child}, 1)", "jr:choice-name(${alone}, '${alone}')",
    "jr:choice-name(., '')", "regex(., '(a*)*b')", "regex(., '[')", "regex(., '((((((((a{99}){99}){99}))))')",
    "once(random())", "digest(., 'MD5')", "version()", "a | b", "${who} | ${age}", "not()", "if(1,2)", "concat()",
    "weighted-checklist(1, 2, 3)", "${child}[1]/name", "/data/child[name = 'x'][2]/height", "child::who", "@id", "*",
    "text()", "id('x')", "1 + 1 + 1 + 1", "or", "and and and", "div", "select_one yn", "select_one nolist", "rank",
    "begin_group", "end_group", "begin_repeat", "end_repeat", "range", "geopoint", "image", "calculate", "audit",
    "start-geopoint", "select_one_external yn", "select_one_from_file x.csv", "select_one_from_file county.csv",
    "start=1 end=0", "start=a", "step=0 start=1 end=2", "randomize=maybe", "value=code label=nothing", "annotate",
    "columns-3", "field-list", "w2", "search('x')", "ex:app", "households", "violence", "desk", "judge", "2024-02-30",
    "中文 名字", "𠮷", "\u202e", "<b>x</b>", "&amp;", "&lt;!ENTITY", "a" * 3000, "**" * 300, "_*" * 300,
    "(" * 200, "-" * 300, "1+" * 300 + "1", "not(" * 100, "[1]" * 50, "..//" * 40, "jr:itext('x')", "name", "1",
]  # fmt: skip


@cache
def tables() -> list[str]:
    published = Path(__file__).parents[2] / "vectors/forms/published"
    return [RICH, RICH, (published / "F3V-1.md").read_text("utf-8"), (published / "F0-1.md").read_text("utf-8")]


@cache
def xforms() -> list[str]:
    return [str(convert(table, file_type=".md", validate=False).xform) for table in tables()]


# --- tables -----------------------------------------------------------------------------------------------------------


def table(chance: random.Random) -> str:
    """A markdown XLSForm with one to four things wrong."""
    lines = [line.split("|") for line in chance.choice(tables()).split("\n")]
    for _ in range(chance.randint(1, 4)):
        chance.choice(_TABLE_ACTS)(chance, lines)
    text = "\n".join("|".join(cells) for cells in lines)
    return text[: chance.randrange(len(text))] if chance.random() < 0.03 else text


def _put_nasty(chance: random.Random, lines: list[list[str]]) -> None:
    cells = chance.choice(lines)
    if len(cells) > 3:
        while len(cells) < 19 and chance.random() < 0.5:
            cells.insert(-1, "  ")
        cells[chance.randrange(2, len(cells) - 1)] = f" {chance.choice(NASTY)} "


def _put_elsewhere(chance: random.Random, lines: list[list[str]]) -> None:
    source, target = chance.choice(lines), chance.choice(lines)
    if len(source) > 3 and len(target) > 3:
        target[chance.randrange(2, len(target) - 1)] = source[chance.randrange(2, len(source) - 1)]


def _change_a_letter(chance: random.Random, lines: list[list[str]]) -> None:
    cells = chance.choice(lines)
    at = chance.randrange(len(cells))
    if cells[at].strip():
        place = chance.randrange(len(cells[at]))
        cells[at] = cells[at][:place] + chance.choice("()[]'\"/.$}{=<>+-*, a1中_:") + cells[at][place + 1 :]


def _drop_line(chance: random.Random, lines: list[list[str]]) -> None:
    if len(lines) > 3:
        lines.pop(chance.randrange(len(lines)))


def _repeat_line(chance: random.Random, lines: list[list[str]]) -> None:
    lines.insert(chance.randrange(len(lines)), list(chance.choice(lines)))


def _swap_lines(chance: random.Random, lines: list[list[str]]) -> None:
    a, b = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]


_TABLE_ACTS: list[Callable[[random.Random, list[list[str]]], None]] = [
    _put_nasty, _put_nasty, _put_nasty, _put_elsewhere, _change_a_letter, _change_a_letter, _drop_line, _repeat_line,
    _swap_lines,
]  # fmt: skip


# --- XForms -----------------------------------------------------------------------------------------------------------


def xform(chance: random.Random) -> str:
    """An XForm with one to five things wrong."""
    source = chance.choice(xforms())
    if chance.random() < 0.1:
        at = chance.randrange(len(source))
        return source[:at] + chance.choice(["", "<", ">", "&", '"', "]]>", "\ufffe", "<a>"]) + source[at + 1 :]
    root = ElementTree.fromstring(source)
    for _ in range(chance.randint(1, 5)):
        chance.choice(_XML_ACTS)(chance, root, list(root.iter()))
    return ElementTree.tostring(root, encoding="unicode")


Elements = list[ElementTree.Element]


def _attribute(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    element = chance.choice([found for found in elements if found.attrib])
    key = chance.choice(sorted(element.attrib))
    element.set(key, chance.choice([*NASTY, element.get(key, "") + chance.choice(NASTY)]))


def _other_attribute(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    names = sorted({key for found in elements for key in found.attrib} | {"unheard", "query", "relevant", "jr:preload"})
    chance.choice(elements).set(chance.choice(names), chance.choice(NASTY))


def _lose_attribute(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    element = chance.choice([found for found in elements if found.attrib])
    del element.attrib[chance.choice(sorted(element.attrib))]


def _remove(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    parent = chance.choice([found for found in elements if len(found)])
    parent.remove(chance.choice(list(parent)))


def _move(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    piece, target = chance.choice(elements), chance.choice(elements)
    if target not in list(piece.iter()):
        target.insert(chance.randint(0, len(target)), piece)


def _rename(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    chance.choice(elements).tag = chance.choice([found.tag for found in elements])


def _retext(chance: random.Random, root: ElementTree.Element, elements: Elements) -> None:
    chance.choice(elements).text = chance.choice(NASTY)


_XML_ACTS: list[Callable[[random.Random, ElementTree.Element, Elements], None]] = [
    _attribute, _attribute, _attribute, _other_attribute, _lose_attribute, _remove, _move, _rename, _retext,
]  # fmt: skip


def compiled(seed: int, budget: Budget) -> Plan:
    """Raises FormRefused, and nothing else."""
    chance = random.Random(seed)
    attachments: dict[str, Any] = ATTACHMENTS if chance.random() < 0.9 else {}
    if chance.random() < 0.4:
        return compile_xlsform(table(chance), "md", attachments, budget=budget)
    return compile_xform(xform(chance), attachments, budget=budget)
