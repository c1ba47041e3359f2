"""What is being written at the desk and not handed in yet: sealed like a report, read by its author alone."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models.accounts import Acting
from fieldapp.models.forms import FORM_MAX


class DeskDraft(Base):
    """One open draft. Two windows that wrote on the same one end in two drafts: nothing typed is lost. Of a new record
    each can be handed in; of a new version the person says which of them is.
    """

    __tablename__ = "desk_draft"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    draft_id: Mapped[UUID] = mapped_column(primary_key=True)  # becomes the id of the revision made of it
    record_id: Mapped[UUID]  # what it becomes, or is a new version of
    author_id: Mapped[UUID]
    case_id: Mapped[UUID | None]  # None: a lead; its file is opened when it is handed in
    visit_id: Mapped[UUID | None]  # of a record that was begun on the phone and is finished here
    form: Mapped[str] = mapped_column(String(FORM_MAX))
    form_version: Mapped[int]
    parent_id: Mapped[UUID | None]  # the revision it corrects; None: a new record
    number: Mapped[int] = mapped_column(default=0)  # rises with every save; a save names the one it was typed on
    is_beside: Mapped[bool] = mapped_column(default=False)  # kept apart because another window had saved
    begun_at: Mapped[datetime] = mapped_column(Moment)
    saved_at: Mapped[datetime] = mapped_column(Moment)
    sealed_body: Mapped[bytes]  # under the case's key, a lead's under the district's
    __table_args__ = (
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("desk_draft_by_author", "district", "author_id"),
        Index("desk_draft_by_record", "district", "record_id"),
    )


def own(session: Session, acting: Acting, draft_id: UUID) -> DeskDraft | None:
    """The draft where it is her own, locked until the end of the transaction; else None, as if there were none."""
    return session.scalar(
        select(DeskDraft)
        .where(
            DeskDraft.district == acting.district,
            DeskDraft.draft_id == draft_id,
            DeskDraft.author_id == acting.person_id,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def is_of_visit(session: Session, acting: Acting, draft_id: UUID) -> bool:
    """Whether this draft of hers finishes what was begun on the phone; False for another's, as for none."""
    return (
        session.scalar(
            select(DeskDraft.visit_id).where(
                DeskDraft.district == acting.district,
                DeskDraft.draft_id == draft_id,
                DeskDraft.author_id == acting.person_id,
            )
        )
        is not None
    )


def of_author(session: Session, acting: Acting) -> Sequence[DeskDraft]:
    """Her open drafts, the one saved last first."""
    mine = (DeskDraft.district == acting.district, DeskDraft.author_id == acting.person_id)
    return session.scalars(select(DeskDraft).where(*mine).order_by(DeskDraft.saved_at.desc(), DeskDraft.draft_id)).all()


def of_record(session: Session, acting: Acting, record_id: UUID) -> Sequence[DeskDraft]:
    """Her open drafts of one record, oldest first."""
    mine = (DeskDraft.district == acting.district, DeskDraft.author_id == acting.person_id)
    return session.scalars(
        select(DeskDraft).where(*mine, DeskDraft.record_id == record_id).order_by(DeskDraft.draft_id)
    ).all()
