"""Reports of which a person writes several versions, as her phones make them."""

from typing import Any

from tests import reports


def told(county: Any, **changes: Any) -> dict[str, Any]:
    """The body of a version: a whole investigation with these answers changed."""
    return {"answers": reports.changed(reports.investigation(county.subject_id), changes)}


def bundle(phone: Any, county: Any) -> dict[str, Any]:
    """What this phone holds of the family."""
    return dict(phone.device.held[f"case:{county.case_id}"])


def on(item: Any, *more: Any) -> dict[str, Any]:
    """The head of a further revision, on top of these."""
    return {
        "record_id": item.head["record_id"],
        "parents": [one.head["revision_id"] for one in (item, *more)],
    }
