"""What administrators decide about phones, for a region and a role; whoever is concerned is told."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.actions import scope_changes
from fieldapp.errors import Problem
from fieldapp.models import audit, settings
from fieldapp.models.accounts import Acting, Person, Role
from fieldapp.models.policies import EVERY_ROLE, RULES, Policy


def decide(
    session: Session, acting: Acting, region_code: str, role: str, values: Mapping[str, str], now: datetime
) -> list[str]:
    """Set the rules named in `values` for a region (a prefix) and a role ("" for every role); an empty text takes the
    decision back, so that what stands above it holds again. Returns the names that changed.

    Raises `not_found` outside her regions, `policy_out_of_bounds` with `rule`; then nothing is changed.
    """
    if not region_code or not any(region_code.startswith(own) for own in acting.regions(Role.ADMINISTRATOR)):
        raise Problem("not_found")
    if role != EVERY_ROLE and role not in set(Role):
        raise Problem("request_malformed")
    wanted = {name: _checked(name, text) for name, text in values.items()}
    here = (Policy.district == acting.district, Policy.region_code == region_code, Policy.role == role)
    standing = {row.name: row for row in session.scalars(select(Policy).where(*here).with_for_update())}
    changed = [name for name, text in wanted.items() if text != (standing[name].value if name in standing else "")]
    for name in changed:
        if name in standing:
            session.delete(standing[name])
    session.flush()
    for name in changed:
        if wanted[name]:
            session.add(
                Policy(
                    district=acting.district, region_code=region_code, role=role, name=name, value=wanted[name],
                    set_by=acting.person_id, set_at=now,
                )
            )  # fmt: skip
    if changed:
        preloads = "preload_h" in changed
        scope_changes.policy(session, acting.district, region_code, role, preloads=preloads, now=now)
        about: dict[str, object] = {
            "region": region_code,
            "role": role,
            "set": {name: wanted[name] for name in changed},
        }
        audit.write(
            session, district=acting.district, actor_id=acting.person_id, act="decide_policy", about=about, at=now
        )
    return changed


def switch_off(session: Session, kinds: Collection[str], now: datetime) -> list[str]:
    """Switch off questions of exactly these kinds on the whole server, and tell every phone. Returns what is off now;
    raises ValueError for a kind there is none of.
    """
    settings.switch_off(session, kinds)
    for district in session.scalars(select(Person.district).distinct()):
        scope_changes.policy(session, district, "", EVERY_ROLE, preloads=False, now=now)
        about: dict[str, object] = {"off": sorted(kinds)}
        audit.write(session, district=district, actor_id=None, act="switch_off", about=about, at=now)
    return settings.policies_off(session)


def _checked(name: str, text: str) -> str:
    rule = RULES.get(name)
    if rule is None:
        raise Problem("request_malformed")
    if not text.strip():
        return ""
    value = rule.read(text)
    if value is None:
        raise Problem("policy_out_of_bounds", rule=name)
    return rule.write(value)  # type: ignore[arg-type]  # each rule writes what it reads
