"""An extract of a case that may be published: who, where, which school and every number left out.

It is made of codes alone (kind of case, ages in bands, categories, kinds of help), and of an account that a person
writes for it. That account is searched for what must not stand in it, and refused by the places that were found.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NAME_MIN = 2  # one character alone is a word, not somebody
AGE_BANDS = ((0, 5), (6, 13), (14, 17), (18, 39), (40, 59), (60, 130))
_NUMBER = re.compile(r"\d[\d \-]{5,}[\dXx]")  # telephone, identity, account and case numbers
_DAY = re.compile(r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}")
_CASE_NUMBER = re.compile(r"[（(\[〔]\d{4}[）)\]〕]\S{1,20}号")
_KINDS_OF_PLACE = ("居委会", "村委会", "街道", "社区", "村", "镇", "乡")


@dataclass(frozen=True)
class Secrets:
    """What the file knows and a published text must not say."""

    names: frozenset[str]
    places: frozenset[str]  # villages and townships, as their register calls them
    schools: frozenset[str]
    code_name: str


def found_in(text: str, secrets: Secrets) -> list[str]:
    """What of the text must not be published, each once, in the order of the text; empty where it may."""
    wanted = {one for one in (*secrets.names, *secrets.schools, secrets.code_name) if len(one) >= NAME_MIN}
    for place in secrets.places:
        wanted |= {one for one in (place, _bare(place)) if len(one) >= NAME_MIN}
    hits = [(text.find(one), one) for one in wanted if one in text]
    for pattern in (_CASE_NUMBER, _DAY, _NUMBER):
        hits += [(match.start(), match.group()) for match in pattern.finditer(text)]
    return list(dict.fromkeys(one for _, one in sorted(hits)))


def age_band(birth_ym: str | None, year: int) -> str:
    """The age in a year, as a band: `14–17岁`; "年龄不详" where the birth is not known."""
    if not birth_ym or not birth_ym[:4].isdigit():
        return "年龄不详"
    age = max(0, year - int(birth_ym[:4]))
    for low, high in AGE_BANDS:
        if low <= age <= high:
            return f"{low}岁以上" if high > 100 else f"{low}–{high}岁"
    return "年龄不详"


def listed(words: Iterable[str]) -> str:
    """Kinds as one line, each with how often it stands there: `法律援助；临时救助（2次）`."""
    counted: dict[str, int] = {}
    for word in words:
        counted[word] = counted.get(word, 0) + 1
    return "；".join(word if times == 1 else f"{word}（{times}次）" for word, times in counted.items())


def _bare(place: str) -> str:
    """柳树 of 柳树村: people leave the kind of a place away."""
    kind = next((one for one in _KINDS_OF_PLACE if place.endswith(one)), "")
    return place.removesuffix(kind)
