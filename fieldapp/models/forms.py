"""Published form versions. Copied to every shard."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import Base, Moment


class FormVersion(Base):
    """A compiled plan; never changed once published, old drafts stay on theirs."""

    __tablename__ = "form_version"
    form: Mapped[str] = mapped_column(String(20), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    plan_hash: Mapped[str] = mapped_column(String(64))
    plan: Mapped[str]  # JSON, docs/forms.md
    source: Mapped[str]  # the XLSForm table it was compiled from
    published_at: Mapped[datetime] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
