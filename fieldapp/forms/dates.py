"""Dates without zone, also of a year or a month only, and date-times with offset. The same rules as
static/js/form/dates.js."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fieldapp.forms import decimals

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_DATE_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
DAY_MS = 86_400_000
NOW_MAX_MS = 253_370_764_800_000  # the year 9999
_EPOCH = date(1970, 1, 1).toordinal()
YEAR, MONTH, DAY, MOMENT = 1, 2, 3, 4  # precisions


class DateText(str):
    """The text of a date or date-time; apart from other text because `2024` may be a year here."""

    __slots__ = ()


def precision(text: str) -> int:
    """YEAR to MOMENT, 0 where the text is no real date."""
    found = _DATE.fullmatch(text)
    if found:
        return (YEAR, MONTH, DAY)[sum(part is not None for part in found.groups()) - 1] if days(text) is not None else 0
    return MOMENT if moment_ms(text) is not None else 0


def days(text: str) -> int | None:
    """Days since 1970-01-01 of a date's first day; None where it is no real date."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)).toordinal() - _EPOCH
    except ValueError:
        return None


def moment_ms(text: str) -> int | None:
    """Milliseconds since 1970 UTC of a date-time; None where it is none."""
    found = _DATE_TIME.fullmatch(text)
    if not found:
        return None
    day = days(found[1])
    hour, minute, second = int(found[2]), int(found[3]), int(found[4] or 0)
    offset = found[6]
    offset_hour, offset_minute = (0, 0) if offset == "Z" else (int(offset[1:3]), int(offset[4:6]))
    if day is None or hour > 23 or minute > 59 or second > 59 or offset_hour > 14 or offset_minute > 59:
        return None
    offset_ms = (offset_hour * 60 + offset_minute) * 60_000 * (-1 if offset[0] == "-" else 1)
    return day * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000 + int((found[5] or "0").ljust(3, "0")) - offset_ms


_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,3}))?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?")


def clock_ms(text: str) -> int | None:
    """Milliseconds of the day of a time, or of a date-time's own clock; None where it is neither."""
    found = _CLOCK.fullmatch(text[11:] if precision(text) == MOMENT else text)
    if not found:
        return None
    minutes = int(found[1]) * 60 + int(found[2])
    return (minutes * 60 + int(found[3] or 0)) * 1000 + int((found[4] or "0").ljust(3, "0"))


def clock_text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def midnight(text: str) -> "DateText | None":
    """The first moment, in UTC, of a date of any precision."""
    day = days(text)
    return None if day is None else utc_text(day * DAY_MS)


def utc_text(ms: int) -> "DateText | None":
    """The date-time of milliseconds since 1970, in UTC; None outside of the years 1 to 9999."""
    day = from_days(ms // DAY_MS)
    rest = ms % DAY_MS
    return day and DateText(f"{day}T{clock_text(rest // 60_000)}:{rest // 1000 % 60:02d}.{rest % 1000:03d}Z")


def is_time(text: str) -> bool:
    return bool(_TIME.fullmatch(text))


def number(text: str) -> Decimal | None:
    """Days since 1970-01-01, with the fraction of a date-time (UTC); None where it is neither."""
    day = days(text)
    if day is not None:
        return decimals.settle(Decimal(day))
    moment = moment_ms(text)
    return None if moment is None else decimals.divide(Decimal(moment), Decimal(DAY_MS))


def from_days(day: int) -> DateText | None:
    """None outside of the years 1 to 9999."""
    try:
        return DateText(date.fromordinal(day + _EPOCH).isoformat())
    except (ValueError, OverflowError):
        return None


def is_zone(zone: str) -> bool:
    """Whether this machine knows the zone."""
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def now_text(now_ms: int, zone: str) -> DateText:
    """The date-time with offset, in that zone, whole milliseconds."""
    now_ms = min(max(now_ms, 0), NOW_MAX_MS)  # a phone's clock may stand anywhere
    local = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(ZoneInfo(zone))
    offset = local.utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return DateText(
        f"{local:%Y-%m-%dT%H:%M:%S}.{now_ms % 1000:03d}{sign}{minutes // 60:02d}:{minutes % 60:02d}".rjust(29, "0")
    )


def compare(a: str, b: str) -> int:
    """-1, 0 or 1 at the coarser of the two precisions; two date-times by the instant."""
    coarser = min(precision(a), precision(b))
    if coarser == MOMENT:
        first, second = moment_ms(a) or 0, moment_ms(b) or 0
        return (first > second) - (first < second)
    length = (0, 4, 7, 10)[coarser]
    return (a[:length] > b[:length]) - (a[:length] < b[:length])


def whole_years(birth: str, on: str) -> int | None:
    """Age in whole years at the coarser precision: a birthday not known to be ahead counts as passed. None where
    either is no date."""
    coarser = min(precision(birth), precision(on), DAY)
    if not coarser:
        return None
    ahead = coarser > YEAR and on[5 : (0, 4, 7, 10)[coarser]] < birth[5 : (0, 4, 7, 10)[coarser]]
    return int(on[:4]) - int(birth[:4]) - ahead


_NAMES = {
    "zh": ([f"{m}月" for m in range(1, 13)], ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]),
    "en": (
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    ),
}


def formatted(text: str, pattern: str, language: str) -> str:
    """strftime of XForms: %Y %y %m %n %b %d %e %a %H %h %M %S %3 and %%; an unknown letter stays. What the date does
    not tell is left blank."""
    known = precision(text)
    if not known:
        return ""
    day_text, clock = text[:10], text[11:]
    months, weekdays = _NAMES.get(language, _NAMES["en"])
    month = int(day_text[5:7]) if known >= MONTH else 0
    day = days(day_text)
    second = clock[6:8] if clock[5:6] == ":" else "00"
    thousandth = clock[9:12].split("+")[0].split("-")[0].rstrip("Z").ljust(3, "0") if clock[8:9] == "." else "000"
    values = {"Y": day_text[:4], "y": day_text[2:4], "%": "%"}
    values |= {"m": f"{month:02d}", "n": str(month), "b": months[month - 1]} if month else dict.fromkeys("mnb", "")
    full = known >= DAY and day is not None
    values |= (
        {"d": day_text[8:10], "e": str(int(day_text[8:10])), "a": weekdays[((day or 0) + 3) % 7]}
        if full
        else dict.fromkeys("dea", "")
    )
    if known == MOMENT:
        values |= {"H": clock[:2], "h": str(int(clock[:2])), "M": clock[3:5], "S": second, "3": thousandth}
    else:
        values |= {"H": "00", "h": "0", "M": "00", "S": "00", "3": "000"}
    return re.sub(r"%(.)", lambda found: values.get(found[1], found[0]), pattern, flags=re.DOTALL)
