"""What administrators decide about phones, per region and role: ways in, times, lengths. Each has bounds both ways.

The row that says most exactly who is meant wins: the longer region code, then the one that names a role.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Role

EVERY_ROLE = ""
WAYS = ("secret", "pin", "prf")  # of opening a vault; without the secret nobody could start cold and offline


class Policy(Base):
    """One decision. A row that is taken away leaves what stands above it."""

    __tablename__ = "policy"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    region_code: Mapped[str] = mapped_column(String(12), primary_key=True)  # a prefix, as in a grant
    role: Mapped[str] = mapped_column(String(20), primary_key=True)  # EVERY_ROLE: for all
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    value: Mapped[str] = mapped_column(String(100))
    set_by: Mapped[UUID | None]
    set_at: Mapped[datetime] = mapped_column(Moment)


@dataclass(frozen=True)
class Number:
    """A whole number within bounds. `of_role` are defaults that differ from `default`."""

    default: int
    minimum: int
    maximum: int
    of_role: Mapping[str, int]

    def default_for(self, role: str | None) -> int:
        return self.of_role.get(role or "", self.default)

    def read(self, text: str) -> int | None:
        """The value, or None where it is none within the bounds."""
        plain = text.strip()
        if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
            return None
        return int(plain) if self.minimum <= int(plain) <= self.maximum else None

    def write(self, value: int) -> str:
        return str(value)


@dataclass(frozen=True)
class Choice:
    """Some of several words, in their order; `always` is never missing."""

    default: tuple[str, ...]
    words: tuple[str, ...]
    always: str

    def default_for(self, role: str | None) -> list[str]:
        return list(self.default)

    def read(self, text: str) -> list[str] | None:
        said = text.split()
        known = [word for word in self.words if word in said]
        return known if set(said) <= set(self.words) and self.always in known else None

    def write(self, value: Iterable[str]) -> str:
        return " ".join(value)


@dataclass(frozen=True)
class Switch:
    """On or off."""

    default: bool

    def default_for(self, role: str | None) -> bool:
        return self.default

    def read(self, text: str) -> bool | None:
        return {"1": True, "0": False}.get(text)

    def write(self, value: bool) -> str:
        return "1" if value else "0"


# The lease is the longest planned interval of a role, with some days more: who works as planned never meets its end.
RULES: dict[str, Number | Choice | Switch] = {
    "idle_s": Number(300, 60, 900, {}),
    "visit_session_s": Number(3_600, 300, 3_600, {}),
    "lease_days": Number(14, 1, 100, {Role.CASEWORKER: 35, Role.VILLAGE: 100}),
    "preload_h": Number(72, 0, 168, {}),
    "draft_copy_s": Number(180, 60, 3_600, {}),
    "ways": Choice(("secret", "pin"), WAYS, "secret"),
    "pin_digits": Number(6, 6, 10, {}),
    "secret_minimum": Number(12, 12, 20, {}),
    "training": Switch(True),
}


def decisions(session: Session, district: str, region_code: str, role: str) -> dict[str, Policy]:
    """What was decided for exactly this region and role, by the name of the rule."""
    here = (Policy.district == district, Policy.region_code == region_code, Policy.role == role)
    return {row.name: row for row in session.scalars(select(Policy).where(*here))}


def of(session: Session, district: str, region_code: str, role: str | None) -> dict[str, Any]:
    """Every rule with the value that holds for this role in this region."""
    values: dict[str, Any] = {name: rule.default_for(role) for name, rule in RULES.items()}
    rows = session.scalars(select(Policy).where(Policy.district == district, Policy.role.in_((EVERY_ROLE, role or ""))))
    meant = [row for row in rows if region_code.startswith(row.region_code) and row.name in RULES]
    for row in sorted(meant, key=lambda row: (len(row.region_code), row.role != EVERY_ROLE)):
        value = RULES[row.name].read(row.value)
        if value is not None:  # a bound that a newer version drew tighter is the newer version's to say
            values[row.name] = value
    return values
