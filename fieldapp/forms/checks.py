"""Shape of answers, and our own checks of identity numbers, phones, money, regions. The twin of
static/js/form/checks.js."""

import re
from typing import Any

from fieldapp.forms import dates, decimals, places
from fieldapp.forms.plan import TEXT_MAX, Node

UNKNOWN_CODES = ("refused", "does_not_know", "not_present", "not_safe", "no_paper", "not_asked", "later")
INTEGER_MAX = 2**53 - 1
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_MONEY = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FIXED = re.compile(r"0[0-9]{2,3}-?[0-9]{7,8}")
_SERVICE = re.compile(r"[1-9][0-9]{2,4}")
_REGION = re.compile(r"[1-9][0-9]{11}")
_ID = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999, ISO 7064 MOD 11-2
_PARTIAL = {"year": dates.YEAR, "month": dates.MONTH, "day": dates.DAY}
FILES = ("image", "audio", "video", "file", "signature")
SEVERAL = ("select_multiple", "rank")
GEO = ("geopoint", "geotrace", "geoshape")
POLICIES = ("photo", "audio", "location")
_POLICY_OF_TYPE = {"image": "photo", "video": "photo", "audio": "audio"} | dict.fromkeys(GEO, "location")


def is_unknown(value: Any) -> bool:
    return isinstance(value, dict) and "unknown" in value


def is_blank(value: Any) -> bool:
    return value is None or value == "" or value == []


def policy_of(node: Node) -> str | None:
    """The switch that turns a question off: its own, else that of its type."""
    return node.get("policy") or _POLICY_OF_TYPE.get(node.get("type") or "")


def shape_error(node: Node, value: Any) -> str | None:
    """`type`, `too_long` or None, for an answer that is neither blank nor unknown."""
    kind = node.get("type")
    if kind in FILES:
        return None if isinstance(value, dict) and value else "type"
    if kind == "integer":
        return None if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_MAX else "type"
    if kind in SEVERAL:
        fine = (
            isinstance(value, list)
            and all(isinstance(code, str) and code for code in value)
            and len(set(value)) == len(value)
        )
        return None if fine else "type"
    if not isinstance(value, str):
        return "type"
    if len(value) > TEXT_MAX:
        return "too_long"
    if kind == "decimal" or node.get("check") == "money":
        return None if _DECIMAL.fullmatch(value) and len(value.strip("-").replace(".", "")) <= 30 else "type"
    if kind == "date":
        return None if 0 < dates.precision(value) < dates.MOMENT else "type"
    if kind == "dateTime":
        return None if dates.precision(value) == dates.MOMENT else "type"
    if kind == "time":
        return None if dates.is_time(value) else "type"
    return None


def check_error(node: Node, value: Any, today: str) -> str | None:
    """The code of a failed check of our own, for an answer of the right shape."""
    if node.get("range") and not _is_in_range(node["range"], value):
        return "not_in_range"
    if node.get("type") in GEO and not places.is_right(node["type"], value):
        return "geo"
    if node.get("type") == "date" and dates.precision(value) < _PARTIAL[node.get("partial") or "day"]:
        return "check_partial"
    check = node.get("check")
    if check is None or _passes(check, value, today):
        return None
    return f"check_{check}"


def _is_in_range(limits: dict[str, str], value: Any) -> bool:
    found = decimals.from_text(str(value))
    start, end, step = (decimals.from_text(limits[key]) for key in ("start", "end", "step"))
    if found is None or start is None or end is None or step is None:
        return False
    rest = decimals.subtract(found, start)
    return start <= found <= end and rest is not None and decimals.remainder(rest, step) == 0


def _passes(check: str, value: str, today: str) -> bool:
    if check == "id_number":
        facts = id_number_facts(value)
        return facts is not None and facts["birth"] <= today
    if check == "phone":
        return any(pattern.fullmatch(value) for pattern in (_MOBILE, _FIXED, _SERVICE))
    return bool((_MONEY if check == "money" else _REGION).fullmatch(value))


def narrow(text: str) -> str:
    """Full-width letters, digits and signs as ASCII, blanks gone, upper case."""
    return "".join(
        chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text if c not in " \t\r\n\u3000\u00a0"
    ).upper()


def id_number_facts(text: str) -> dict[str, str] | None:
    """Birth date and sex (`male`, `female`) of a valid identity number (GB 11643-1999), else None. Accepts lower x,
    blanks, full-width digits."""
    found = narrow(text)
    if not _ID.fullmatch(found):
        return None
    birth = f"{found[6:10]}-{found[10:12]}-{found[12:14]}"
    remainder = sum(int(digit) * weight for digit, weight in zip(found, _WEIGHTS, strict=False)) % 11
    if dates.days(birth) is None or "10X98765432"[remainder] != found[17]:
        return None
    return {"birth": birth, "sex": "male" if int(found[16]) % 2 else "female"}
