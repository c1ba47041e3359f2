"""Rounds through the households of a list: which, until when, who goes to whom."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, String, and_, exists, false, func, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.db import Base, Moment
from fieldapp.models import approvers
from fieldapp.models.accounts import Acting, Role
from fieldapp.models.case_events import CaseEvent
from fieldapp.models.cases import Case

NAME_MAX = 60


class Campaign(Base):
    """One round. Its name is what the office calls it, never a person's; `forms` as in a visit."""

    __tablename__ = "campaign"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    kind: Mapped[str] = mapped_column(String(20))  # a code of casework.campaigns.KINDS
    region_code: Mapped[str] = mapped_column(String(12))  # a prefix, as in a grant
    since: Mapped[date]
    until: Mapped[date]
    forms: Mapped[str] = mapped_column(String(60))
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


class CampaignHousehold(Base):
    """One household of a round and who looks in. Its file may be older; `opened_here`: made for the round, so that it
    is no case until somebody reopens it.
    """

    __tablename__ = "campaign_household"
    district: Mapped[str] = mapped_column(String(12), primary_key=True)
    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    visit_id: Mapped[UUID]
    person_id: Mapped[UUID]
    opened_here: Mapped[bool]
    added_at: Mapped[datetime] = mapped_column(Moment)
    # Codes of its newest report, for the counts of the round once the family's name is gone; None before.
    outcome: Mapped[str | None] = mapped_column(String(20))
    colour: Mapped[str | None] = mapped_column(String(20))
    worry: Mapped[str | None] = mapped_column(String(20))
    __table_args__ = (
        ForeignKeyConstraint(["district", "campaign_id"], ["campaign.district", "campaign.campaign_id"]),
        ForeignKeyConstraint(["district", "case_id"], ["case_file.district", "case_file.case_id"]),
        Index("campaign_household_by_case", "district", "case_id"),
    )


def of(session: Session, acting: Acting, *, limit: int) -> Sequence[Campaign]:
    """The rounds of the regions she supervises, running ones first, then the newest."""
    rows = select(Campaign).where(_supervised(acting)).order_by(Campaign.ended_at.is_not(None), Campaign.since.desc())
    return session.scalars(rows.order_by(Campaign.campaign_id).limit(limit)).all()


def one(session: Session, acting: Acting, campaign_id: UUID, *, lock: bool = False) -> Campaign | None:
    """A round of the regions she supervises; None as if there were none."""
    wanted = select(Campaign).where(_supervised(acting), Campaign.campaign_id == campaign_id)
    return session.scalar(wanted.with_for_update() if lock else wanted)


def households(session: Session, campaign: Campaign) -> Sequence[CampaignHousehold]:
    here = (CampaignHousehold.district == campaign.district, CampaignHousehold.campaign_id == campaign.campaign_id)
    return session.scalars(select(CampaignHousehold).where(*here).order_by(CampaignHousehold.case_id)).all()


def count(session: Session, campaign: Campaign) -> int:
    here = (CampaignHousehold.district == campaign.district, CampaignHousehold.campaign_id == campaign.campaign_id)
    return session.scalar(select(func.count()).select_from(CampaignHousehold).where(*here)) or 0


def is_on(session: Session, campaign: Campaign, case_id: UUID) -> bool:
    """Whether this family stands on the list of the round."""
    return session.get(CampaignHousehold, (campaign.district, campaign.campaign_id, case_id)) is not None


def only_listed() -> ColumnElement[bool]:
    """Condition on `Case`: a household that is here for a round alone, and nobody made a case of it."""
    listed = exists().where(
        CampaignHousehold.district == Case.district,
        CampaignHousehold.case_id == Case.case_id,
        CampaignHousehold.opened_here.is_(True),
    )
    # A case of which nobody has to do more rests in the same state.
    became_case = exists().where(
        CaseEvent.district == Case.district, CaseEvent.case_id == Case.case_id, CaseEvent.kind == "reopened"
    )
    return and_(Case.state == "NO_ACTION", listed, ~became_case)


def of_case(session: Session, district: str, case_id: UUID) -> Sequence[tuple[CampaignHousehold, Campaign]]:
    """The rounds on whose lists this family stands."""
    same = (Campaign.district == CampaignHousehold.district) & (Campaign.campaign_id == CampaignHousehold.campaign_id)
    here = (CampaignHousehold.district == district, CampaignHousehold.case_id == case_id)
    rows = session.execute(select(CampaignHousehold, Campaign).join(Campaign, same).where(*here))
    return [(household, campaign) for household, campaign in rows]


def needs_a_look(urgent_colours: Collection[str]) -> ColumnElement[bool]:
    """Condition on `Case`: the codes kept of a round say that somebody worried, or a colour that cannot wait."""
    return exists().where(
        CampaignHousehold.district == Case.district,
        CampaignHousehold.case_id == Case.case_id,
        or_(CampaignHousehold.worry == "yes", CampaignHousehold.colour.in_(urgent_colours)),
    )


def regions_of(acting: Acting) -> tuple[str, ...]:
    """Where she makes rounds: what she supervises of the county and below, never above (scope.files_supervised)."""
    return tuple(code for code in acting.regions(Role.SUPERVISOR) if len(code) >= approvers.COUNTY_DIGITS)


def _supervised(acting: Acting) -> ColumnElement[bool]:
    regions = regions_of(acting)
    inside = or_(*(Campaign.region_code.startswith(code, autoescape=True) for code in regions)) if regions else false()
    return and_(Campaign.district == acting.district, inside)
