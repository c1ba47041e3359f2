"""What the codes of statistics are called: as the forms call them, or as screening does."""

from functools import cache

from fieldapp.casework.measure_types import MEASURE_TYPES
from fieldapp.casework.screening.flags import FLAGS
from fieldapp.casework.sentences import Said
from fieldapp.casework.statistics_lines import SEVERAL
from fieldapp.forms.library import plans
from fieldapp.forms.markup import plain_text

UNITS: dict[str, Said] = {
    "cases": Said("件", "cases"),
    "households": Said("户", "households"),
    "persons": Said("人", "persons"),
    "yuan": Said("元", "yuan"),
    "items": Said("项（次）", "items"),
    "times": Said("场（条）", "times"),
    "places": Said("个", "places"),
    "attendances": Said("人次", "attendances"),
    "rate": Said("次", "of"),
}
GROUPS: dict[str, Said] = {
    "lead": Said("线索和案件", "Leads and cases"),
    "relief": Said("司法救助", "Judicial relief"),
    "help": Said("帮扶", "Help"),
    "follow": Said("回访", "Follow-ups"),
    "out": Said("宣传、取证和站点", "Outreach, evidence and places"),
}
UNKNOWN = Said("没填", "not filled in")
_PEOPLE: dict[str, Said] = {
    "woman": Said("妇女", "women"),
    "girl": Said("女童", "girls"),
    "boy": Said("男童", "boys"),
    "man": Said("男性", "men"),
    "unknown": Said("年龄或性别没填", "age or sex not filled in"),
}
_OWN: dict[str, dict[str, Said]] = {
    "person": _PEOPLE,
    "relieved_person": _PEOPLE,
    "category": {
        "A1": Said("A1 农村监测户", "A1 rural, monitored"),
        "A2": Said("A2 受侵害", "A2 victim"),
        "A3": Said("A3 失去主要收入者", "A3 breadwinner lost"),
        "A4": Said("A4 重病或残疾", "A4 severe illness or disability"),
        "A5": Said("A5 老来没人养", "A5 old without support"),
        "B1": Said("B1 职场民事侵权", "B1 civil wrong at work"),
        "B2": Said("B2 因家暴离婚", "B2 divorce for violence"),
    },
    "band": {
        "red": Said("红", "red"),
        "orange": Said("橙", "orange"),
        "yellow": Said("黄", "yellow"),
        "blue": Said("蓝", "blue"),
    },
    "outreach": {
        "lecture": Said("讲座", "lectures"),
        "activity": Said("普法活动", "activities on the law"),
        "open_day": Said("检察开放日", "open days of the procuratorate"),
        "job_season": Said("就业安全季", "season of safe work"),
        "speakers": Said("宣讲团宣讲", "talks of the speakers' group"),
        "article": Said("普法信息（条）", "articles on the law"),
    },
    "sweep_outcome": {"not_visited": Said("还没走访", "not visited")},
    "measure_by": {SEVERAL: Said("几个部门一起", "several together")},
    "measure_state": {
        "waiting": Said("等待中", "waiting"),
        "granted": Said("已批准或已办", "granted or given"),
        "refused": Said("没批准", "refused"),
        "declined": Said("本人不要", "declined by her"),
    },
}
_LISTS = {
    "channel": ("F1", "channel"), "outcome": ("F1", "triage"), "case_type": ("F2", "case_type"),
    "stage": ("F2", "case_stage"), "measure_by": ("F7", "org"),
    "legal_action": ("F2", "legal_action"), "sweep_outcome": ("F10", "outcome"), "sweep_colour": ("F10", "colour"),
    "sweep_worry": ("F10", "yes_no"),
}  # fmt: skip


def row_words(table: str, code: str, language: str) -> str:
    """A row of a table in words; the code itself where nobody named it (a township has its name already)."""
    if code in _OWN.get(table, {}):
        return _OWN[table][code].to(language)
    if table == "flag" and code in FLAGS:
        return FLAGS[code][0][language == "en"]
    if table == "measure_type" and code in MEASURE_TYPES:
        return MEASURE_TYPES[code].name.to(language)
    if code == "unknown":
        return UNKNOWN.to(language)
    return _choices(table, "en" if language == "en" else "zh").get(code, code) if table in _LISTS else code


def codes_of(table: str) -> list[str]:
    """The codes that the rows of a table can have, in the order of the form whose answers it counts."""
    return list(_choices(table, "zh"))


@cache
def _choices(table: str, language: str) -> dict[str, str]:
    form, name = _LISTS[table]
    plan = plans()[form].json
    texts = plan["texts"][language]
    return {choice["value"]: plain_text(texts[choice["label"]]) for choice in plan["lists"][name]}
