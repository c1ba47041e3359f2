"""Every table, so that the metadata is whole wherever any of them is imported."""

from fieldapp.models import (
    accounts,
    audit,
    cases,
    credentials,
    desk_drafts,
    feed,
    files,
    forms,
    organisations,
    pens,
    policies,
    records,
    regions,
    reviews,
    tombstones,
    vaults,
)

__all__ = [
    "accounts",
    "audit",
    "cases",
    "credentials",
    "desk_drafts",
    "feed",
    "files",
    "forms",
    "organisations",
    "pens",
    "policies",
    "records",
    "regions",
    "reviews",
    "tombstones",
    "vaults",
]
