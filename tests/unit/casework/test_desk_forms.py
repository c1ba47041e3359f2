"""Who fills in which form at the desk."""

import pytest

from fieldapp.casework.desk_forms import DESK_FORMS, may_fill
from fieldapp.forms import library
from fieldapp.models.accounts import Role
from fieldapp.models.scope import READS


def classes_of(form):
    return {node["sensitivity"] for node in library.plans()[form].nodes if node["kind"] in ("question", "note")}


@pytest.mark.parametrize("form", DESK_FORMS)
@pytest.mark.parametrize("role", Role)
def test_only_those_who_work_with_families_fill_in_a_form_of_the_desk(form, role):
    allowed = may_fill(form, [role.value], "proc", classes_of(form), READS[role])
    assert allowed == (role in (Role.CASEWORKER, Role.SUPERVISOR))


def test_nobody_fills_in_a_form_of_which_she_may_not_see_every_question():
    seen = READS[Role.CASEWORKER] - {"money"}
    assert may_fill("F7", ["caseworker"], None, {"household"}, seen)
    assert not may_fill("F7", ["caseworker"], None, {"household", "money"}, seen)
    # What is written once is not read back: there nothing comes back to her
    assert may_fill("F1R", ["caseworker"], None, {"reporter"}, seen)


@pytest.mark.parametrize("office", ["wf", "civil", None, ""])
def test_the_receipt_is_the_procuratorates(office):
    assert not may_fill("F4R", ["supervisor"], office, classes_of("F4R"), READS[Role.SUPERVISOR])
    assert may_fill("F4R", ["supervisor"], "procuratorate", classes_of("F4R"), READS[Role.SUPERVISOR])


@pytest.mark.parametrize("form", ["F0", "F2", "F3", "F3V", "F5", "nothing", ""])
def test_a_form_of_a_visit_is_not_filled_in_at_the_desk(form):
    assert not may_fill(form, ["caseworker", "supervisor"], "proc", set(), READS[Role.SUPERVISOR])
