"""The menu of the desk: every page has its place, each role finds what opens to it, and few entries are not folded."""

import pytest

from fieldapp.models.accounts import Acting, Role
from fieldapp.web import menu
from tests import factories
from tests.web.every_route import LETTERS, pages_of_the_desk
from tests.web.test_rights_matrix import ROWS

# Beside the menu: signing in, and what stands under one's own name.
APART = {"session", "second_factor", "outside", "security"}
ENTRIES = [entry for _name, entries in menu.GROUPS for entry in entries]


def acting_as(*roles: Role) -> Acting:
    return Acting(factories.DISTRICT, factories.new_id(), "陈岚", tuple((role, factories.DISTRICT) for role in roles))


def endpoints(entries):
    return [entry.endpoint for entry in entries]


def test_every_page_of_the_desk_belongs_to_one_entry(app):
    held = [blueprint for entry in ENTRIES for blueprint in entry.holds]
    assert len(held) == len(set(held)) and len(set(endpoints(ENTRIES))) == len(ENTRIES)
    blueprints = {endpoint.partition(".")[0] for endpoint, _rule in pages_of_the_desk(app)}
    assert blueprints - set(held) == APART
    assert set(held) <= set(app.blueprints) and {entry.endpoint for entry in ENTRIES} <= set(app.view_functions)
    assert set(menu.QUICK) <= set(endpoints(ENTRIES))


@pytest.mark.parametrize("letter", LETTERS)
def test_a_role_is_led_only_to_what_opens_to_it(letter):
    shown = menu.menu(acting_as(LETTERS[letter]), "")
    every = [entry for group in shown.groups for entry in group.entries] or shown.quick
    assert [entry.endpoint for entry in every if letter not in ROWS[entry.endpoint]] == []
    assert set(endpoints(shown.quick)) <= set(endpoints(every)) and shown.here is None


def test_queue_tasks_and_families_stand_beside_the_folded_menu_of_a_supervisor():
    shown = menu.menu(acting_as(Role.SUPERVISOR), "statistics.page")
    assert endpoints(shown.quick)[:3] == ["dashboard.queue", "tasks.page", "cases.case_list"]
    assert len(shown.groups) == 5 and shown.here is menu.GROUPS[4][0]
    [statistics] = [entry for group in shown.groups for entry in group.entries if entry.current]
    assert (statistics.endpoint, statistics.current) == ("statistics.page", "page")


@pytest.mark.parametrize(
    ("endpoint", "place"),
    [("review.report", "dashboard.queue"), ("letters.page", "cases.case_list"), ("rights.minors", "rights.minors"),
     ("admin.health_page", "admin.health_page"), ("admin.person", "admin.people"), ("security.page", None), ("", None)],
)  # fmt: skip
def test_a_page_without_an_entry_marks_the_one_it_is_reached_from(endpoint, place):
    shown = menu.menu(acting_as(*Role), endpoint)
    marked = [entry.endpoint for group in shown.groups for entry in group.entries if entry.current]
    assert marked == ([place] if place else [])
    assert [group.is_current for group in shown.groups].count(True) == len(marked)


def test_few_entries_are_not_folded():
    shown = menu.menu(acting_as(Role.LIAISON), "tasks.page")
    assert shown.groups == () and len(shown.quick) <= menu.FEW
    assert [entry.endpoint for entry in shown.quick if entry.current] == ["tasks.page"]


def test_the_menu_marks_the_page_it_stands_on(at_desk, county):
    desk = at_desk("supervisor")
    page = desk.get("/crews").text
    assert '<summary>菜单 <span class="tag">今天</span></summary>' in page and '<details class="menu away">' in page
    assert page.count('href="/duty" aria-current="true"') == 1
    queue = desk.get("/queue").text
    assert queue.count('aria-current="page">待审列表') == 2 and '<details class="menu">' in queue  # in it and beside it
    assert "<summary>菜单</summary>" in desk.get("/session/own").text
