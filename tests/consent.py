"""A consent that was taken back, as the office's decision leaves it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from fieldapp.models.rights_requests import RequestKind, RequestState, RightsRequest
from tests import factories


def taken_back(
    session: Session, at: datetime, county: factories.County, case_id: UUID | None = None, stops: str = "share"
) -> None:
    """The family took its consent back, and it is done: of codes of casework/rights.py, STOPS."""
    request = RightsRequest(
        district=county.district, request_id=factories.new_id(at), case_id=case_id or county.case_id,
        kind=RequestKind.WITHDRAWAL, asked_as="herself", way="visit", stops=stops,
        sealed_asked=b"", received_on=at.date(), state=RequestState.DONE, taken_by=county.supervisor_id, taken_at=at,
    )  # fmt: skip
    session.add(request)
    session.flush()
