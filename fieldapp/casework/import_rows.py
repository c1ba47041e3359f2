"""Families from a table: what a list of leads or of open cases may hold, and what is wrong with each of its rows.

Pure: rows of text in, households and refused rows out. A household is whole or not there: where one of its rows is
refused, none of it is taken, and each of its rows says why. What a list is not asked for is named and left out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fieldapp.casework.sentences import Said

HOUSEHOLD_MAX, NAME_MAX, HOW_MAX, PROGRAMME_MAX, LINE_MAX, PEOPLE_MAX = 40, 50, 300, 100, 300, 50


class Kind(StrEnum):
    LEADS = "leads"
    CASES = "cases"


@dataclass(frozen=True)
class Column:
    code: str
    title: Said
    help: Said
    kinds: frozenset[Kind] = frozenset(Kind)


_LEADS = frozenset({Kind.LEADS})
COLUMNS = (
    Column(
        "household",
        Said("户号", "Household"),
        Said(
            "必填。同一家写同一个号，第一行是案主。",
            "Needed, one for each family. Its first row: whom it is about.",
        ),
    ),
    Column(
        "village",
        Said("村居", "Village"),
        Said("必填。12 位区划代码，或不重名的村居名称。", "Needed. Its code of 12 digits, or a name there is once."),
    ),
    Column("name", Said("姓名", "Name"), Said("必填。", "Needed.")),
    Column("sex", Said("性别", "Sex"), Said("女或男；不知道就空着。", "female or male; empty where it is not known.")),
    Column(
        "birth",
        Said("出生年月", "Born"),
        Said("1990-05 或 1990；不知道就空着。", "1990-05 or 1990; empty where it is not known."),
    ),
    Column(
        "relation",
        Said("与案主关系", "Relation to her"),
        Said("第一行空着或写“本人”。", "Empty in the first row, or “self”."),
    ),
    Column("here", Said("同住", "Lives here"), Said("是或否；空着算是。", "yes or no; empty counts as yes.")),
    Column(
        "safe",
        Said("联系是否安全", "Safe contact"),
        Said(
            "随时、限定时间、只能转告、不要联系；空着算不知道。",
            "any, only_times, only_via_other, no_contact; empty: not known.",
        ),
    ),
    Column("how", Said("怎么联系", "How to reach her"), Said("时间、方式。", "When and how.")),
    Column("programme", Said("项目", "Programme"), Said("没有就空着。", "Empty where there is none.")),
    Column(
        "channel",
        Said("线索来源", "Source"),
        Said("线索必填，写清谁转来的单位，不写报告人姓名。", "Needed of a lead: which office; never who told us."),
        _LEADS,
    ),
    Column(
        "danger",
        Said("现在有危险", "Danger now"),
        Said("必填。只收“否”；有危险或不知道的，当面按线索登记。", "Needed. Only “no”; else take it down as a lead."),
        _LEADS,
    ),
    Column("line", Said("情况", "What is known"), Said("一两句话。", "One or two sentences."), _LEADS),
)
SEX = {"女": "female", "男": "male", "female": "female", "male": "male"}
YES_NO = {"": True, "是": True, "否": False, "yes": True, "no": False}
SAFE = {"随时": "any", "限定时间": "only_times", "只能转告": "only_via_other", "不要联系": "no_contact"}
DANGER_NO = frozenset({"否", "no"})
_BIRTH = re.compile(r"((?:19|20)[0-9]{2})(?:[-./年]([0-9]{1,2})(?:[-./月][0-9]{1,2}日?|月)?)?年?")
_OF_FIRST = ("safe", "how", "programme", "channel", "danger", "line")  # what is said once, of the whole household


@dataclass(frozen=True)
class Row:
    """One row as it was typed: `number` as the table counts it, cells by column code."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row: a stable code, the column (None: the row as a whole), what to do."""

    number: int
    column: str | None
    code: str
    says: Said


@dataclass(frozen=True)
class Member:
    name: str
    sex: str | None
    birth_ym: str | None
    relation: str
    household: bool


@dataclass(frozen=True)
class Household:
    """One family that can be taken as it is. `rows` are the numbers of its rows."""

    label: str
    village_code: str
    people: tuple[Member, ...]
    contact: Mapping[str, str] | None
    programme: str | None
    channel: str
    line: str
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """What a table holds: good households in its order, every fault by row, headings that were left out."""

    households: tuple[Household, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = ()
    missing: tuple[Said, ...] = ()  # headings without which nothing can be read


@dataclass
class _Reading:
    kind: Kind
    villages: Mapping[str, Sequence[str]]
    relations: Mapping[str, str]
    faults: list[Fault] = field(default_factory=list)

    def fault(self, row: Row, column: str | None, code: str, zh: str, en: str) -> None:
        self.faults.append(Fault(row.number, column, code, Said(zh, en)))


def columns_of(kind: Kind) -> tuple[Column, ...]:
    return tuple(column for column in COLUMNS if kind in column.kinds)


def read(
    rows: Sequence[Sequence[str]],
    kind: Kind,
    villages: Mapping[str, Sequence[str]],
    relations: Mapping[str, str],
) -> Found:
    """What a table says; its first row holds the headings, in either language.

    `villages`: codes by what a person may write (a code, a name): those where the reader may open files. `relations`:
    codes by what a person may write. Empty rows are passed over; the number of a row is its place in the table.
    """
    known = {title: column.code for column in columns_of(kind) for title in (column.title.zh, column.title.en.lower())}
    headings = [cell.strip() for cell in rows[0]] if rows else []
    codes = [known.get(heading) or known.get(heading.lower()) for heading in headings]
    needed = ("household", "village", "name", *(("channel", "danger") if kind is Kind.LEADS else ()))
    missing = tuple(column.title for column in columns_of(kind) if column.code in needed and column.code not in codes)
    unknown = tuple(heading for heading, code in zip(headings, codes, strict=True) if heading and code is None)
    if missing:
        return Found(unknown=unknown, missing=missing)
    reading = _Reading(kind, villages, relations)
    grouped: dict[str, list[Row]] = {}
    for number, cells in enumerate(rows[1:], start=2):
        padded = [*cells, *[""] * (len(codes) - len(cells))]
        row = Row(number, {code: cell.strip() for code, cell in zip(codes, padded, strict=False) if code is not None})
        if not any(cell.strip() for cell in cells):
            continue
        label = row.cells["household"]
        if not label or len(label) > HOUSEHOLD_MAX:
            reading.fault(
                row, "household", "household_needed",
                f"请写户号，最多 {HOUSEHOLD_MAX} 个字。", f"Write the household, at most {HOUSEHOLD_MAX} characters.",
            )  # fmt: skip
        else:
            grouped.setdefault(label, []).append(row)
    households = tuple(
        household for label, own in grouped.items() if (household := _household(reading, label, own)) is not None
    )
    return Found(households, tuple(sorted(reading.faults, key=lambda one: one.number)), unknown)


def named_before(households: Sequence[Household]) -> dict[str, Household]:
    """By the label of a household an earlier one of its table that may be the same: of the same village and name, and
    of the same birth where both say one.
    """
    seen: dict[tuple[str, str], list[Household]] = {}
    found: dict[str, Household] = {}
    for household in households:
        first = household.people[0]
        known = seen.setdefault((household.village_code, first.name), [])
        births = (None, first.birth_ym)
        alike = [one for one in known if first.birth_ym is None or one.people[0].birth_ym in births]
        if alike:
            found[household.label] = alike[0]
        known.append(household)
    return found


def twice(household: Household, earlier: Household) -> Fault:
    """What is said of a household that an earlier one of its table may be."""
    row = earlier.rows[0]
    return Fault(
        household.rows[0], "name", "household_twice",
        Said(
            f"第 {row} 行已有同村同名的一户。同一家写同一个户号；另一家请写出生年月，或在姓名后加上区分。",
            f"Row {row} has this name in this village. One family bears one number of a household; for another "
            "write the month of birth, or add what tells them apart.",
        ),
    )  # fmt: skip


def _household(reading: _Reading, label: str, rows: list[Row]) -> Household | None:
    before = len(reading.faults)
    first = rows[0]
    if len(rows) > PEOPLE_MAX:
        reading.fault(first, None, "people_too_many", f"一家最多 {PEOPLE_MAX} 人。", f"At most {PEOPLE_MAX} people.")
    village = _village(reading, rows)
    people = tuple(_member(reading, row, is_first=row is first) for row in rows)
    for row in rows[1:]:
        for column in _OF_FIRST:
            said = row.cells.get(column, "")
            if said and said != first.cells.get(column, ""):
                reading.fault(
                    row, column, "said_twice",
                    "这一项只在这家的第一行写，或写得一样。", "Write this in the first row of the family, or the same.",
                )  # fmt: skip
    contact = _contact(reading, first)
    programme = _text(reading, first, "programme", PROGRAMME_MAX)
    channel, line = _lead(reading, first)
    if len(reading.faults) > before:
        wrong = {fault.number for fault in reading.faults[before:]}
        for row in rows:
            if row.number not in wrong:
                reading.fault(
                    row, None, "family_held_back",
                    "同一家有别的行要改，整家先不导入。", "Another row of this family is wrong; none of it is taken.",
                )  # fmt: skip
        return None
    numbers = tuple(row.number for row in rows)
    return Household(label, village, people, contact, programme or None, channel, line, numbers)


def _village(reading: _Reading, rows: list[Row]) -> str:
    said = {row.cells["village"] for row in rows if row.cells["village"]}
    if len(said) > 1:
        reading.fault(
            rows[0], "village", "villages_differ", "同一家写了两个村居。", "One family is said to live in two villages."
        )
        return ""
    codes = reading.villages.get(next(iter(said), ""), ())
    if len(codes) == 1:
        return codes[0]
    if not codes:
        zh, en = (
            "没有这个村居，或不在您的辖区。请写 12 位代码。",
            "No such village in your region. Write its code.",
        )
    else:
        zh, en = "有几个同名的村居，请写 12 位代码。", "Several villages have this name: write the code of 12 digits."
    reading.fault(rows[0], "village", "village_unknown", zh, en)
    return ""


def _member(reading: _Reading, row: Row, *, is_first: bool) -> Member:
    name = row.cells["name"]
    if not name or len(name) > NAME_MAX:
        reading.fault(
            row,
            "name",
            "name_needed",
            f"请写姓名，最多 {NAME_MAX} 个字。",
            f"Write it: at most {NAME_MAX} characters.",
        )
    sex = row.cells.get("sex", "").lower()
    if sex and sex not in SEX:
        reading.fault(row, "sex", "sex_unknown", "性别只写女或男。", "Write female or male.")
    here = YES_NO.get(row.cells.get("here", "").lower())
    if here is None:
        reading.fault(row, "here", "yes_or_no", "只写是或否。", "Write yes or no.")
    return Member(name, SEX.get(sex), _birth(reading, row), _relation(reading, row, is_first), here is not False)


def _birth(reading: _Reading, row: Row) -> str | None:
    said = row.cells.get("birth", "")
    if not said:
        return None
    found = _BIRTH.fullmatch(said)
    month = int(found[2]) if found and found[2] else None
    if found is None or (month is not None and not 1 <= month <= 12):
        reading.fault(row, "birth", "birth_unreadable", "请写成 1990-05 或 1990。", "Write it as 1990-05 or 1990.")
        return None
    return found[1] if month is None else f"{found[1]}-{month:02}"


def _relation(reading: _Reading, row: Row, is_first: bool) -> str:
    said = row.cells.get("relation", "").lower()
    code = reading.relations.get(said)
    if is_first:
        if said and code != "self":
            reading.fault(
                row, "relation", "first_is_self",
                "这家的第一行是案主本人。", "The first row of a family is whom the file is about.",
            )  # fmt: skip
        return "self"
    if code is None or code == "self":
        reading.fault(row, "relation", "relation_unknown", "请从表里的关系中选。", "Choose one of those listed.")
        return ""
    return code


def _contact(reading: _Reading, row: Row) -> dict[str, str] | None:
    said, how = row.cells.get("safe", ""), _text(reading, row, "how", HOW_MAX)
    code = SAFE.get(said) or (said.lower() if said.lower() in SAFE.values() else "")
    if said and not code:
        reading.fault(row, "safe", "safe_unknown", "请从四种里选一种。", "Choose one of the four.")
    if how and not code:
        reading.fault(
            row, "safe", "safe_needed", "写了怎么联系，也要写联系是否安全。", "Say also whether contact is safe."
        )
    return {"safe": code, "how": how} if code else None


def _lead(reading: _Reading, row: Row) -> tuple[str, str]:
    if reading.kind is not Kind.LEADS:
        return "", ""
    channel = _text(reading, row, "channel", PROGRAMME_MAX)
    if not channel:
        reading.fault(row, "channel", "channel_needed", "请写线索来源。", "Write where the lead came from.")
    if row.cells["danger"].lower() not in DANGER_NO:
        reading.fault(
            row, "danger", "danger_by_hand",
            "有危险先打 110；有危险或不清楚的，马上按线索登记，不走表格。",
            "In danger, call 110 first. Danger, or not known: take it down as a lead now, not in a list.",
        )  # fmt: skip
    return channel, _text(reading, row, "line", LINE_MAX)


def _text(reading: _Reading, row: Row, column: str, limit: int) -> str:
    said = row.cells.get(column, "")
    if len(said) > limit:
        reading.fault(row, column, "too_long", f"最多 {limit} 个字。", f"At most {limit} characters.")
    return said


def mark_of(household: Household) -> dict[str, str | None]:
    """By what a household is known again when a list is read a second time."""
    first = household.people[0]
    return {
        "label": household.label, "village": household.village_code, "name": first.name, "birth_ym": first.birth_ym,
    }  # fmt: skip
