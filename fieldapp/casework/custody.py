"""The money that somebody keeps for a child, or for a person who cannot keep it herself: what came, what was used, what
is left. Amounts are whole fen inside and decimal yuan outside; nothing is ever a float, nothing goes below zero.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fieldapp.casework.sentences import Said
from fieldapp.casework.states import Refusal

FEN_MAX = 100_000_000_00  # 100 million yuan: beyond any relief, so a slip of the keyboard
_YUAN = re.compile(r"(0|[1-9][0-9]{0,8})(?:\.([0-9]{1,2}))?", re.ASCII)


class Entry(StrEnum):
    RECEIVED = "received"
    USED = "used"
    HANDED_OVER = "handed_over"  # to her, or to who keeps it next


@dataclass(frozen=True)
class Line:
    """One line of the ledger. `cancels` names the line that this one takes back; a line is never changed."""

    line_id: str
    entry: Entry
    on: date
    fen: int
    purpose: str = ""
    proof: str = ""  # a fund_proof code of F3
    cancels: str = ""


@dataclass(frozen=True)
class Ledger:
    """The lines in the order in which they were written, which need not be that of their days."""

    lines: tuple[Line, ...] = ()

    @property
    def balance_fen(self) -> int:
        return sum(_effect(line) for line in self.lines)


def fen_of(yuan: str) -> int:
    """Fen from a decimal string of yuan as the forms have it. Raises ValueError for anything else: a sign, a third
    decimal, other digits than 0 to 9, more than FEN_MAX.
    """
    found = _YUAN.fullmatch(yuan)
    fen = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else FEN_MAX + 1
    if fen > FEN_MAX:
        raise ValueError("no amount of yuan")
    return fen


def yuan_of(fen: int) -> str:
    """The decimal string of an amount, always with two decimals. Raises ValueError below zero."""
    if fen < 0:
        raise ValueError("no amount is below zero")
    return f"{fen // 100}.{fen % 100:02d}"


def write(ledger: Ledger, line: Line) -> Ledger | Refusal:
    """The ledger with one more line, or why not. The same line again changes nothing.

    A use is refused when on its day, or on any later one, more would have been used than had come. Raises ValueError
    where other content comes under a known id, and for an amount that is not above zero.
    """
    if not 0 < line.fen <= FEN_MAX:
        raise ValueError("an amount is above zero")
    known = next((one for one in ledger.lines if one.line_id == line.line_id), None)
    if known == line:
        return ledger
    if known or line.cancels:
        raise ValueError("another line has this id" if known else "a line is taken back by `cancel`")
    if line.entry is not Entry.RECEIVED and not line.purpose.strip():
        return Refusal(
            "purpose_needed",
            Said("没有写钱用在哪里。", "What the money was used for is not said."),
            Said("请写用途，例如“学费”。", "Write the purpose, for example “school fees”."),
        )
    return _unless_overdrawn(ledger, line)


def cancel(ledger: Ledger, line_id: str, new_id: str, reason: str) -> Ledger | Refusal:
    """Take a line back by a line of the same day and sum, with the reason; both stay to be read. What came cannot be
    taken back when it was already used. KeyError for an unknown line.
    """
    line = {one.line_id: one for one in ledger.lines}[line_id]
    if line.cancels or any(one.cancels == line_id for one in ledger.lines):
        return Refusal(
            "already_cancelled",
            Said("这一笔已经冲销过，或本身就是冲销。", "This line is already taken back, or takes another back."),
            Said("要改，请再记一笔。", "To correct it, write another line."),
        )
    if not reason.strip():
        return Refusal(
            "reason_given",
            Said("还没有写理由。", "No reason is given."),
            Said("请写明为什么冲销。", "Write why it is taken back."),
        )
    return _unless_overdrawn(ledger, Line(new_id, line.entry, line.on, line.fen, reason, "", line_id))


def balances(ledger: Ledger) -> list[tuple[Line, int]]:
    """Each line by day with what was left after it, in fen. Of one day, what came stands before what went."""
    left, rows = 0, []
    for line in _by_day(ledger.lines):
        left += _effect(line)
        rows.append((line, left))
    return rows


def _unless_overdrawn(ledger: Ledger, line: Line) -> Ledger | Refusal:
    longer = Ledger((*ledger.lines, line))
    short = min(left for _, left in balances(longer))
    if short >= 0:
        return longer
    return Refusal(
        "overdrawn",
        Said(f"账上不够：差 {yuan_of(-short)} 元。", f"There is not enough: {yuan_of(-short)} yuan are missing."),
        Said(
            "请核对日期和金额；有漏记的收入，先补记。",
            "Check day and sum; if money came that is not written, write it first.",
        ),
    )


def _by_day(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.on, _effect(line) < 0))


def _effect(line: Line) -> int:
    came = (line.entry is Entry.RECEIVED) is not bool(line.cancels)
    return line.fen if came else -line.fen
