"""The menu of the desk: what somebody finds there, in groups named by the work. templates/base.html draws it.

    menu(acting, endpoint)    for the page of this endpoint

A page that stands in no menu belongs to the entry it is reached from (`holds`): that one is marked as the current one.
tests/unit/test_menu.py holds that every page of the desk belongs to exactly one.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from fieldapp.models import audit_pages, scope
from fieldapp.models.accounts import Acting, Role

FEW = 4  # so many entries stand in one row of a narrow screen: nothing is folded
QUICK_MAX = 6  # one tap away on a wide screen; a narrow one shows the first three of them (desk-head.css)


@dataclass(frozen=True)
class Entry:
    """One page of the menu. `holds`: the blueprints whose pages are reached from it and have no entry of their own."""

    label: LazyString
    endpoint: str
    is_for: Callable[[Acting], bool]
    holds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """An entry as one page shows it. `current`: "page" when it is this page, "true" when this page belongs to it."""

    label: LazyString
    endpoint: str
    current: str


@dataclass(frozen=True)
class ShownGroup:
    name: LazyString
    entries: tuple[Shown, ...]
    is_current: bool


@dataclass(frozen=True)
class Menu:
    """`quick`: what stands beside the folded menu. `groups`: everything; empty where `quick` already is everything."""

    quick: tuple[Shown, ...]
    groups: tuple[ShownGroup, ...]

    @property
    def here(self) -> LazyString | None:
        """The name of the group this page belongs to; None where it belongs to none."""
        return next((group.name for group in self.groups if group.is_current), None)


def _roles(*roles: Role) -> Callable[[Acting], bool]:
    return lambda acting: acting.has(*roles)


_everybody: Callable[[Acting], bool] = bool
_SUPERVISOR = _roles(Role.SUPERVISOR)
_WITH_FAMILIES = _roles(Role.SUPERVISOR, Role.CASEWORKER)
_COUNTY = _roles(Role.SUPERVISOR, Role.ADMINISTRATOR)
_KEEPERS = _roles(Role.ADMINISTRATOR, Role.DATA_PROTECTION)

_OF_FAMILIES = (
    "cases", "case_moves", "case_extracts", "extracts", "letters", "funds", "green", "measures", "officers", "resting",
    "screenings", "teams", "women", "imports",
)  # fmt: skip

GROUPS: tuple[tuple[LazyString, tuple[Entry, ...]], ...] = (
    (
        _("Today"),
        (
            Entry(_("Queue"), "dashboard.queue", _SUPERVISOR, ("dashboard", "review", "kept")),
            Entry(_("Leads"), "leads.page", _SUPERVISOR, ("leads", "suggestions")),
            Entry(_("Calendar"), "agenda.page", _WITH_FAMILIES, ("agenda",)),
            Entry(_("On duty"), "duty.page", _COUNTY, ("duty", "crews", "clock_settings", "rhythms", "two_levels")),
            Entry(_("My drafts"), "desk_records.drafts", _WITH_FAMILIES, ("desk_records",)),
        ),
    ),
    (
        _("Families"),
        (
            Entry(
                _("Cases"),
                "cases.case_list",
                _everybody,
                _OF_FAMILIES,
            ),
            Entry(_("Key care"), "key_care.page", _WITH_FAMILIES, ("key_care",)),
            Entry(_("Rounds"), "campaigns.page", _SUPERVISOR, ("campaigns",)),
            Entry(
                _("Requests"),
                "rights.page",
                _roles(Role.DATA_PROTECTION, Role.SUPERVISOR, Role.CASEWORKER),
                ("rights",),
            ),
            Entry(_("Minors' files"), "rights.minors", audit_pages.may_read),
        ),
    ),
    (
        _("Work and people"),
        (
            Entry(_("Inspection"), "inspections.page", _SUPERVISOR, ("inspections",)),
            Entry(_("Outreach"), "outreach.page", _WITH_FAMILIES, ("outreach",)),
            Entry(_("Projects"), "projects.page", _COUNTY, ("projects",)),
            Entry(_("Deputies"), "deputies.page", _SUPERVISOR, ("deputies",)),
            Entry(_("People"), "admin.people", _KEEPERS, ("admin", "organisations", "regions")),
            Entry(_("Phones"), "vaults.phone_list", _KEEPERS, ("vaults", "policies")),
            Entry(
                _("From a phone"),
                "parcels.page",
                _roles(Role.CASEWORKER, Role.SUPERVISOR, Role.ADMINISTRATOR),
                ("parcels",),
            ),
            Entry(_("Acts of two"), "resets.page", _KEEPERS, ("resets",)),
        ),
    ),
    (
        _("Between offices"),
        (
            Entry(_("Tasks"), "tasks.page", _roles(Role.SUPERVISOR, Role.LIAISON), ("tasks",)),
            Entry(_("Tell of a case"), "leads.notice_form", _roles(Role.PROCURATORATE)),
            Entry(_("Meetings"), "meetings.page", _SUPERVISOR, ("meetings",)),
            Entry(_("Appointments"), "other_side.page", _roles(Role.CASEWORKER, Role.LIAISON), ("other_side",)),
            Entry(_("Entrusted"), "entrusted.page", _SUPERVISOR, ("entrusted",)),
            Entry(_("Other counties"), "counties.page", scope.may_publish_forms, ("counties",)),
        ),
    ),
    (
        _("Figures and settings"),
        (
            Entry(_("Statistics"), "statistics.page", _SUPERVISOR, ("statistics",)),
            Entry(_("Rules"), "rule_texts.page", _everybody, ("rule_texts",)),
            Entry(_("Forms"), "forms.shelf", scope.may_publish_forms, ("forms",)),
            Entry(_("Letter templates"), "letter_templates.page", scope.may_publish_forms, ("letter_templates",)),
            Entry(_("Audit"), "audit.page", audit_pages.may_read, ("audit",)),
            Entry(_("Server"), "admin.health_page", _COUNTY),
        ),
    ),
)

# What is used most by those who have it, in this order.
QUICK = (
    "dashboard.queue", "tasks.page", "cases.case_list", "leads.page", "agenda.page", "meetings.page",
    "admin.people", "vaults.phone_list", "rights.page", "desk_records.drafts", "audit.page", "duty.page",
)  # fmt: skip


def menu(acting: Acting, endpoint: str) -> Menu:
    """What this person finds in the menu of the page `endpoint` ("blueprint.function")."""
    place = _place(endpoint)
    groups = []
    for name, entries in GROUPS:
        shown = tuple(_shown(entry, endpoint, place) for entry in entries if entry.is_for(acting))
        if shown:
            groups.append(ShownGroup(name, shown, any(entry.current for entry in shown)))
    everything = [entry for group in groups for entry in group.entries]
    if len(everything) <= FEW:
        return Menu(tuple(everything), ())
    quick = sorted(
        (entry for entry in everything if entry.endpoint in QUICK), key=lambda one: QUICK.index(one.endpoint)
    )
    return Menu(tuple(quick[:QUICK_MAX]), tuple(groups))


def _place(endpoint: str) -> str:
    """The endpoint of the entry to which a page belongs; "" where it belongs to none (one's own sign-in, a problem)."""
    entries = [entry for _name, group in GROUPS for entry in group]
    if any(entry.endpoint == endpoint for entry in entries):
        return endpoint
    blueprint = endpoint.partition(".")[0]
    return next((entry.endpoint for entry in entries if blueprint in entry.holds), "")


def _shown(entry: Entry, endpoint: str, place: str) -> Shown:
    current = "page" if entry.endpoint == endpoint else "true" if entry.endpoint == place else ""
    return Shown(entry.label, entry.endpoint, current)
