"""A form over a list of 40,000 villages: one question that offers all of them, and a cascade by township.

Names are invented, two signs and "村", and come again and again, as they do; codes are numbers of no place. Ours has
the list in a file beside the form, as our compiler asks for so long a one; Enketo gets it inside of the form, which
spares it from reading a file.
"""

import json
from functools import cache
from io import StringIO
from itertools import product
from typing import Any

from pyxform.xls2xform import convert

from fieldapp.forms.plan import Plan
from fieldapp.forms.publish import compile_xlsform
from fieldapp.forms.slices import initials

VILLAGES, TOWNS, AREAS = 40_000, 400, 20
SIGNS = "东西南北上下大小新老高平石河山水柳杨松竹白青红黄龙凤马牛羊李王张刘陈赵周吴徐孙朱"
AREA, TOWN, VILLAGE, SEEN = "start/area", "start/town", "start/village", "村数"
USABLE: dict[str, Any] = {"signs": {SEEN: "0"}}
SETTINGS = '| | VILLAGES | 四万村 / Forty thousand villages | 1 | 中文 (zh) | fa="urn:fieldapp:form:1" |'
COLUMNS = (
    "type | name | label::中文 (zh) | label::English (en) | calculation | choice_filter | appearance"
    " | bind::fa:sensitivity"
)
QUESTIONS = (
    "begin_group | start | 地点 | Place | | | |",
    "select_one areas | area | 片 | Area | | | | household",
    "select_one towns | town | 乡镇 | Township | | area = ${area} | | household",
    "select_one{of} | village | 村 | Village | | town = ${town} | | household",
    "calculate | near | | | count(instance('villages')/root/item[town = ${town}]) | | | household",
    f"note | shown | {SEEN}=${{near}}; | villages=${{near}}; | | | | household",
)
WHOLE = "select_one{of} | any | 任一村 | Any village | | | autocomplete | household"


@cache
def names() -> tuple[str, ...]:
    """Of the villages, in the order of the list; the first signs turn slowest."""
    made = [f"{a}{b}村" for a, b in product(SIGNS, SIGNS)]
    return tuple(made[at % len(made)] for at in range(VILLAGES))


def source(of: str, choices: list[str], *more: str) -> str:
    """As XLSForm, in pyxform's Markdown tables. `of` is what `select_one` names for the villages, `more` are
    questions besides.
    """
    asked = [*QUESTIONS, *more, "end_group | | | | | | |"]
    written = StringIO()
    for name, head, rows in (
        ("survey", COLUMNS, [row.replace("{of}", of) for row in asked]),
        ("choices", "list_name | name | label::中文 (zh) | label::English (en) | area | town", choices),
    ):
        written.write(f"| {name} |\n| | {head} |\n")
        written.writelines(f"| | {row} |\n" for row in rows)
    written.write(f"| settings |\n| | form_id | form_title | version | default_language | namespaces |\n{SETTINGS}\n")
    return written.getvalue()


def _short_lists() -> list[str]:
    return [
        *(f"areas | a{at} | 第{at}片 | Area {at} | |" for at in range(AREAS)),
        *(f"towns | t{at} | 第{at}乡 | Township {at} | a{at % AREAS} |" for at in range(TOWNS)),
    ]


@cache
def plan() -> Plan:
    """For our engine."""
    listed = "".join(f"v{at},{name},t{at % TOWNS}\n" for at, name in enumerate(names()))
    asked = source("_from_file villages.csv", _short_lists(), WHOLE)
    return compile_xlsform(asked, "md", {"villages.csv": f"name,label,town\n{listed}".encode()})


@cache
def files() -> dict[str, bytes]:
    """Its lists as phones get them, first letters of the pinyin beside each row."""
    found = {}
    for digest, content in plan().files.items():
        listed = json.loads(content)
        words = listed["columns"].index("label:zh")
        letters = [_initials(row[words]) for row in listed["rows"]]
        found[digest] = json.dumps({**listed, "initials": letters}, ensure_ascii=False).encode()
    return found


_initials = cache(initials)


def first_of(letters: str) -> str:
    """The first village whose pinyin begins with these letters: what stands on top when they are searched for."""
    return next(name for name in names() if any(way.startswith(letters) for way in _initials(name).split()))


@cache
def xform() -> str:
    """For Enketo: what pyxform makes of the same tables."""
    listed = [f"villages | v{at} | {name} | {name} | | t{at % TOWNS}" for at, name in enumerate(names())]
    return str(convert(source(" villages", _short_lists() + listed), file_type=".md", validate=False).xform)
