"""A county's own templates of letters: taken in after a check, looked at with invented data, published, ended."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from fieldapp.casework.letters import placeholders, templates
from fieldapp.casework.letters.kinds import Kind
from fieldapp.casework.sentences import Said
from fieldapp.db import milliseconds
from fieldapp.errors import Problem
from fieldapp.ids import uuid7
from fieldapp.models import audit, scope
from fieldapp.models.accounts import Acting
from fieldapp.models.letters import LetterTemplate, template_in_use

KEPT_MAX = 50  # of one county: what was used must be found again, what was tried need not
NAME_MAX = 100


def require_publisher(acting: Acting) -> None:
    """An administrator of the whole county. Raises `not_found`."""
    if not scope.may_publish_forms(acting):
        raise Problem("not_found")


def judge(kind: Kind, content: bytes) -> list[Said]:
    """Why this file is refused as a template of this paper; empty where it is taken. Runs outside of a transaction."""
    return templates.refusals(kind, content)


def keep(session: Session, acting: Acting, kind: Kind, name: str, content: bytes, now: datetime) -> LetterTemplate:
    """Keep a file that `judge` let pass. Raises `not_found`, `template_too_many`."""
    require_publisher(acting)
    if len(templates_of(session, acting)) >= KEPT_MAX:
        raise Problem("template_too_many", limit=KEPT_MAX)
    row = LetterTemplate(
        district=acting.district, template_id=uuid7(milliseconds(now)), kind=kind.value, name=name[:NAME_MAX],
        content=content, uploaded_by=acting.person_id, uploaded_at=now,
    )  # fmt: skip
    session.add(row)
    _audit(session, acting, "upload_template", row, now)
    return row


def publish(session: Session, acting: Acting, template_id: UUID, now: datetime) -> LetterTemplate:
    """Letters of this kind are made with it from now on. Raises `not_found`."""
    row = _template(session, acting, template_id)
    older = template_in_use(session, row.district, row.kind)
    if older is not None and older.template_id != row.template_id:
        older.ended_at = now
    row.published_at, row.published_by, row.ended_at = now, acting.person_id, None
    _audit(session, acting, "publish_template", row, now)
    return row


def end(session: Session, acting: Acting, template_id: UUID, now: datetime) -> None:
    """Go back to the template that comes with the program. Raises `not_found`."""
    row = _template(session, acting, template_id)
    row.ended_at = now
    _audit(session, acting, "end_template", row, now)


def tried(session: Session, acting: Acting, template_id: UUID) -> bytes:
    """The template filled in with invented data. Raises `not_found`."""
    row = _template(session, acting, template_id)
    return templates.filled(row.content, placeholders.invented(Kind(row.kind)))


def templates_of(session: Session, acting: Acting) -> list[LetterTemplate]:
    """The county's own, newest first."""
    require_publisher(acting)
    rows = select(LetterTemplate).where(LetterTemplate.district == acting.district)
    return list(session.scalars(rows.order_by(LetterTemplate.template_id.desc())))


def _template(session: Session, acting: Acting, template_id: UUID) -> LetterTemplate:
    require_publisher(acting)
    row = session.get(LetterTemplate, (acting.district, template_id), with_for_update=True)
    if row is None:
        raise Problem("not_found")
    return row


def _audit(session: Session, acting: Acting, act: str, row: LetterTemplate, now: datetime) -> None:
    about: dict[str, object] = {"template": str(row.template_id), "kind": row.kind}
    audit.write(session, district=row.district, actor_id=acting.person_id, act=act, about=about, at=now)
