"""What the app knows before a form of the desk opens: numbers, people, the approved visit, the last band.

The contract is the table "Filled in by the app" of fieldapp/forms/library/README.md. Pure: given what is known, paths
and values come back; a value that is not known is left out, and the guards of the form say what that means.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from fieldapp.casework.bands import Last
from fieldapp.days import day_of

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Filed:
    """A record of the case: its newest answers, where it stands, and the day it came."""

    record_id: str
    revision_id: str
    state: str
    answers: Answers
    on: str


@dataclass(frozen=True)
class Known:
    """`records`: by form, newest first, void ones left out. `people` as the file has them, the subject first.
    `office` is the code of the writer's kind of organisation, its name, and hers, where known; `offices` the names of
    kinds of organisations, by code. `report_open`: whether a mandatory report is due and not made, as the file has it.
    `band`: the band that counts (bands.py); `orders`: how many are in force (orders.py), None where nobody looked.
    `letter_sent`: whether a transfer letter ever left the house.
    """

    number: str
    today: date
    case_id: str = ""
    code_name: str = ""
    subject: str | None = None
    people: Sequence[Mapping[str, Any]] = ()
    contact: Mapping[str, str] | None = None
    records: Mapping[str, Sequence[Filed]] = field(default_factory=dict)
    office: Mapping[str, str] = field(default_factory=dict)
    offices: Mapping[str, str] = field(default_factory=dict)
    report_open: bool | None = None
    band: Last | None = None
    orders: int | None = None
    letter_sent: bool = False


def prefill(form: str, known: Known) -> dict[str, Any]:
    """Paths and values for a new record of this form; empty for a form that nothing is known for."""
    rule = _RULES.get(form)
    found = {} if rule is None else rule(known)
    return {path: value for path, value in found.items() if value not in (None, "", [])}


def visit_of(known: Known) -> tuple[Filed, str] | None:
    """The visit a letter is made from, and what of it stands: `whole` where it is approved, `door` where its door part
    was handed in. None where there is neither.
    """
    made = known.records.get("F2", ())
    whole = next((visit for visit in made if visit.state == "approved"), None)
    if whole is not None:
        return whole, "whole"
    handed_in = next((visit for visit in made if visit.state != "draft"), None)
    return None if handed_in is None else (handed_in, "door")


def letter_of(known: Known) -> Filed | None:
    """The newest approved letter; None where there is none."""
    return next((letter for letter in known.records.get("F4", ()) if letter.state == "approved"), None)


_HARDSHIP = {"general": "一般困难", "very": "非常困难", "extreme": "特别困难"}
_CAUSAL = {"direct": "困难由这件事直接造成", "partial": "困难有一部分由这件事造成"}
_OPEN_MEASURE = ("planned", "applied", "approved", "in_progress")
_OF_CASE = ("type", "type_other", "stage", "stage_other", "organ", "doc_no")


def _lead(known: Known) -> dict[str, Any]:
    return {"lead.no": known.number}


def _letter(known: Known) -> dict[str, Any]:
    found = visit_of(known)
    if found is None:
        return {}
    visit, part = found
    told, contact = visit.answers, known.contact or {}
    minors = _minors(known)
    consent = next((one for one in known.records.get("F0", ()) if one.state != "draft"), None)
    return {
        "tl.no": known.number,
        "tl.version": visit.revision_id,
        "tl.visit_part": part,
        "tl.variant": "complete" if part == "whole" else "follows",
        "tl.flags": " ".join(_flags(known, told, minors)),
        "tl.minors_known": str(len(minors)),
        "tl.subject": [_named(person) for person in known.people if person["person_id"] == known.subject],
        "tl.minors": [{**_named(person), "birth_ym": person.get("birth_ym")} for person in minors],
        "tl.contact_safe": contact.get("safe"),
        "tl.safe_how": contact.get("how"),
        "tl.from_name": known.office.get("name"),
        "tl.contact": known.office.get("writer"),
        **{f"orig.{name}": _code(_at(told, "case", name)) for name in _OF_CASE},
        **_compensation(told),
        "four.visit_hardship": _code(_at(told, "concl", "hardship")),
        "four.visit_causal": _code(_at(told, "concl", "causal")),
        "four.harm": _text(_at(told, "concl", "facts")) or _text(_at(told, "visit", "in_brief")),
        "four.hardship": _hardship_in_words(known, told) if part == "whole" else "",
        "four.causal": _causal_in_words(told) if part == "whole" else "",
        "four.situation": _words(_at(told, "concl", "categories")),
        "enc.papers": _papers(told),
        "sent.consent_id": None if consent is None else consent.record_id,
        "sent.consented": "" if consent is None else " ".join(_consented(consent.answers)),
    }


def _receipt(known: Known) -> dict[str, Any]:
    letter = letter_of(known)
    if letter is None:
        return {}
    minors = _at(letter.answers, "tl", "minors") or []
    return {
        "relief.letter_id": letter.record_id,
        "relief.letter_no": _at(letter.answers, "tl", "no"),
        "relief.letter_sent_at": _text(_at(letter.answers, "sent", "sent_at")),
        "relief.custody_needed": "yes" if minors or _lacks_capacity(known) else "no",
    }


def _measure(known: Known) -> dict[str, Any]:
    visit = _newest(known, "F2")
    return {
        "ms.no": known.number,
        "ms.beneficiaries": [_named(person) for person in known.people if person["person_id"] == known.subject],
        # No violence screen known is no mediation: what she would not say is no screen either.
        "ms.dv_screen": None if visit is None else _code(_at(visit.answers, "dv", "screen")),
        "ms.last_band": None if known.band is None else known.band.band,
        "ms.share_fields": _shared_in_words(known),
        "ms.year_total": _year_total(known),
    }


def _meeting(known: Known) -> dict[str, Any]:
    return {
        "mt.no": known.number,
        "mt.cases": [{"case_id": known.case_id, "code_name": known.code_name}],
        "mt.decisions": _open_measures(known),
    }


def _closure(known: Known) -> dict[str, Any]:
    needs = _needs(known)
    leads = [_at(lead.answers, "mr", "state") for lead in known.records.get("F1", ())]
    # A lead is never rewritten: that the report was made since stands in the file.
    report_open = "due" in leads if known.report_open is None else known.report_open
    return {
        "cl.no": known.number,
        "cl.last_band": None if known.band is None else known.band.band,
        "cl.last_band_on": None if known.band is None else day_of(known.band.at).isoformat(),
        "cl.had_letter": "yes" if known.letter_sent else "no",
        "cl.mr_open": "yes" if report_open else "no",
        "cl.needs_known": str(len(needs)),
        "cl.needs_answered": needs,
        "cl.orders_active": None if known.orders is None else str(known.orders),
        "cl.measures_done": "；".join(_measures_done(known)),
        "cl.relief_summary": _relief(known),
    }


_RULES: dict[str, Callable[[Known], dict[str, Any]]] = {
    "F1": _lead,
    "F4": _letter,
    "F4R": _receipt,
    "F7": _measure,
    "F8": _meeting,
    "F9": _closure,
}


# --- the parts --------------------------------------------------------------------------------------------------------


def _minors(known: Known) -> list[Mapping[str, Any]]:
    return [one for one in known.people if one["person_id"] != known.subject and _is_minor(one, known.today)]


def _is_minor(person: Mapping[str, Any], today: date) -> bool:
    # A birth known by its year alone counts as the younger one: a child is not left out for a missing month.
    told = str(person.get("birth_ym") or "")
    if not told[:4].isdigit():
        return False
    year, month = int(told[:4]), int(told[5:7]) if told[5:7].isdigit() else 12
    return (today.year - year) * 12 + today.month - month < 18 * 12


def _flags(known: Known, told: Answers, minors: Sequence[Any]) -> Iterable[str]:
    if _at(told, "dv", "screen") == "yes" or (known.band is not None and known.band.band in ("red", "orange")):
        yield "dv_form"
    if minors:
        yield "minors_present"
    if _at(told, "loss", "urgent_treatment") == "yes":
        yield "urgent_medical"
    if _at(told, "hh", "split") == "yes":
        yield "split_residence"


def _compensation(told: Answers) -> dict[str, Any]:
    items = _at(told, "comp", "items") or []
    # A sum is given only where every part of it is known: what is missing must not look like nothing paid.
    sums = {name: [item.get(name) for item in items] for name in ("awarded", "paid")}
    whole = {name: parts for name, parts in sums.items() if parts and all(isinstance(part, str) for part in parts)}
    told_parts = [text for item in items if (text := _text(item.get("as_told")))]
    return {**{f"orig.{name}": _sum(parts) for name, parts in whole.items()}, "orig.gap_told": "；".join(told_parts)}


def _hardship_in_words(known: Known, told: Answers) -> str:
    """What the visit found, to be gone on with by whoever writes the letter; empty where it found no hardship."""
    level = _HARDSHIP.get(_code(_at(told, "concl", "hardship")) or "")
    if level is None:
        return ""
    people, minors = _at(told, "hh", "members_now"), len(_minors(known))
    income, each = _text(_at(told, "fin", "total_income")), _text(_at(told, "fin", "per_capita"))
    parts = [
        f"走访认定：{level}",
        f"一起生活 {people} 人" if isinstance(people, int) else "",
        f"未成年人 {minors} 人" if minors else "",
        f"近一年全家收入 {income} 元" if income else "",
        f"人均 {each} 元" if each else "",
    ]
    return "；".join(filter(None, parts)) + "。"


def _causal_in_words(told: Answers) -> str:
    link = _CAUSAL.get(_code(_at(told, "concl", "causal")) or "")
    return "" if link is None else f"走访认定：{link}。"


def _shared_in_words(known: Known) -> str:
    """What a provider may be told of her: no consent known is no consent."""
    consent = next((one for one in known.records.get("F0", ()) if one.state != "draft"), None)
    agreed = [] if consent is None else _consented(consent.answers)
    if not agreed:
        return "没有她同意提供信息的记录，先问她，不要提供"
    return "姓名、要办的这件事、案卷里写的安全联系办法；她同意提供给：" + "、".join(
        known.offices.get(code, code) for code in agreed
    )


def _open_measures(known: Known) -> list[dict[str, str]]:
    """A row for each measure that is not settled: what was promised is asked after before anything new."""
    rows = []
    for one in known.records.get("F7", ()):
        title = _text(_at(one.answers, "ms", "title"))
        if title and one.state != "draft" and _at(one.answers, "ms", "status") in _OPEN_MEASURE:
            rows.append({"measure_id": one.record_id, "text": f"跟进：{title}"})
    return rows


def _papers(told: Answers) -> list[dict[str, str]]:
    there = [{"paper": code, "state": "attached"} for code in _at(told, "concl", "docs") or [] if code != "other"]
    return there + [{"paper": code, "state": "follows"} for code in _words(_at(told, "concl", "missing"))]


def _consented(answers: Answers) -> list[str]:
    refused = set(_at(answers, "cs", "share_refused") or [])
    return [code for code in _at(answers, "cs", "share_with") or [] if code not in refused]


def _lacks_capacity(known: Known) -> bool:
    visit = _newest(known, "F2")
    members = [] if visit is None else visit.answers.get("members") or []
    return any(_code(row.get("capacity")) in ("limited", "none") for row in members)


def _needs(known: Known) -> list[dict[str, Any]]:
    """Those of the newest approved visit, then what follow-ups found, the oldest first: each is answered in the end."""
    visit = next((one for one in known.records.get("F2", ()) if one.state == "approved"), None)
    rows = [] if visit is None else list(_at(visit.answers, "needs", "wanted") or [])
    for one in reversed(known.records.get("F3", ())):
        rows += [] if one.state == "draft" else _at(one.answers, "aid", "new_needs") or []
    return [{"need_id": row.get("_id"), "need": row["need"]} for row in rows if isinstance(row.get("need"), str)]


def _measures_done(known: Known) -> list[str]:
    done = [one.answers for one in known.records.get("F7", ()) if _at(one.answers, "ms", "status") == "done"]
    return [text for answers in done if (text := _text(_at(answers, "ms", "title")))]


def _year_total(known: Known) -> str | None:
    year = str(known.today.year)
    amounts = [
        amount
        for one in known.records.get("F7", ())
        if one.state == "approved" and one.on.startswith(year)
        if isinstance(amount := _at(one.answers, "ms", "amount"), str)
    ]
    return _sum(amounts) if amounts else None


def _relief(known: Known) -> str:
    receipt = _newest(known, "F4R")
    amount = None if receipt is None else _at(receipt.answers, "relief", "amount")
    return f"{amount} 元" if isinstance(amount, str) else ""


def _newest(known: Known, form: str) -> Filed | None:
    return next(iter(known.records.get(form, ())), None)


def _named(person: Mapping[str, Any]) -> dict[str, Any]:
    return {"person_id": str(person["person_id"]), "name": person.get("name")}


def _at(answers: Answers, section: str, name: str) -> Any:
    found = answers.get(section)
    return found.get(name) if isinstance(found, dict) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _words(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else []


def _sum(amounts: Iterable[Any]) -> str:
    return format(sum((Decimal(amount) for amount in amounts), Decimal(0)).normalize(), "f")
