"""What a report tells that cannot wait: the same band and the same flags as screening finds in it, but at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp.casework import dangers
from fieldapp.casework.screening import screen
from fieldapp.casework.screening.flags import FAMILY_OFFENDERS
from fieldapp.casework.screening.risk import BANDS, CRITICAL, SERIOUS
from tests.unit.casework.published import DAYS, filing, visit
from tests.unit.casework.test_screening import DAY

SAID = st.sampled_from(["yes", "no", None, {"unknown": "refused"}])
BIRTHS = st.sampled_from(["2008-01", "2004", "2004-07", "1999-02", "2004-07-02", {"unknown": "later"}, None])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["yes", "red", "none"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
GROUPS = ("dv", "child", "private", "end", "case", "members")
NAMES = ("c_weapon", "band", "harm_signs", "risk", "new_violence", "birth_ym", "capacity", "alive", "type", "relation")


@given(
    st.dictionaries(st.sampled_from([*(f"c_{one}" for one in CRITICAL), *(f"s_{one}" for one in SERIOUS)]), SAID),
    st.sampled_from([*BANDS, None]),
)
def test_a_talk_is_red_exactly_where_screening_finds_it_red(said, override):
    answers = {"dv": {**said, "band_override": override}}
    found = screen([filing("F5", answers)], DAY).band
    assert (dangers.told_in("F5", answers) == ("red_band",)) is (found.band == "red")


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "relation": st.sampled_from(["self", "son"]),
                "alive": st.sampled_from(["alive", "dead", None]),
                "is_victim": SAID,
                "capacity": st.sampled_from(["full", "limited", "disputed", None]),
                "birth_ym": BIRTHS,
                "school_status": st.sampled_from(["primary", "finished", None]),
            }
        ),
        max_size=3,
    ),
    SAID,
    st.sampled_from(["husband", "stranger", None]),
    st.sampled_from(["injury", "molest_child", None]),
)
def test_a_visit_makes_a_report_due_exactly_where_it_raises_the_flag(members, at_home, offender, kind):
    rows = [{"person_id": f"p{number}", **row} for number, row in enumerate(members)]
    answers = {"members": rows, "dv": {"screen": at_home}, "case": {"offender_relation": offender, "type": kind}}
    flags = {one.code for one in screen([filing("F2", answers)], DAY).flags}
    assert dangers.calls_for_report("F2", answers, DAY) is bool(flags & {"report_child", "report_incapacity"})


@pytest.mark.parametrize("relation", FAMILY_OFFENDERS)
def test_one_without_full_capacity_who_is_harmed_by_her_family_is_such_a_victim(relation):
    her = {"person_id": "her", "relation": "self", "capacity": "none"}
    assert dangers.calls_for_report("F2", {"members": [her], "case": {"offender_relation": relation}}, DAY)


def test_of_the_published_visits_the_one_of_her_who_cannot_protect_herself_makes_a_report_due():
    due = [case_id for case_id in DAYS if dangers.calls_for_report("F2", visit(case_id), DAYS[case_id])]
    assert due == ["S001-1"]


@pytest.mark.parametrize(
    ("form", "answers", "told"),
    [
        ("F3", {"private": {"new_violence": "yes"}}, ("new_violence",)),
        ("F3", {"private": {"order_state": "broken"}, "end": {"band": "red"}}, ("red_band", "order_broken")),
        ("F3", {"private": {"new_violence": {"unknown": "refused"}}, "end": {"band": "orange"}}, ()),
        ("F5", {"dv": {"band_final": "red"}}, ("red_band",)),
        ("F6", {"child": {"safe_tonight": "no"}}, ("child_unsafe",)),
        ("F6", {"child": {"harm_signs": ["bullying"], "risk": "immediate"}}, ("child_harmed", "child_unsafe")),
        ("F6", {"child": {"safe_tonight": {"unknown": "does_not_know"}}}, ("child_safety_unknown",)),
        ("F6", {"child": {"safe_tonight": {"unknown": "not_safe"}}}, ("child_safety_unknown",)),
        ("F6", {"child": {"safe_tonight": {"unknown": "not_present"}}}, ()),
        ("F6", {"child": {"safe_tonight": {"unknown": "later"}}}, ()),
        ("F6", {"child": {"harm_signs": ["none"], "risk": "high"}}, ()),
        ("F2", {"dv": {"c_weapon": "yes"}}, ()),
        (None, {"dv": {"c_weapon": "yes"}}, ()),
    ],
)
def test_each_form_tells_of_its_own_dangers(form, answers, told):
    assert dangers.told_in(form, answers) == told


@given(st.dictionaries(st.sampled_from(GROUPS), JSON | st.dictionaries(st.sampled_from(NAMES), JSON)))
def test_answers_of_any_shape_are_read(answers):
    for form in ("F2", "F3", "F5", "F6"):
        dangers.told_in(form, answers)
        dangers.calls_for_report(form, answers, DAY)
