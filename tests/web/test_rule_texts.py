"""The library of rules holds so many in force; what is no longer in force takes nobody's room."""

import pytest

from fieldapp.actions import rule_texts
from fieldapp.days import day_of
from fieldapp.errors import Problem


def test_an_ended_rule_takes_no_room_until_it_comes_into_force_again(app, session, county, clock, monkeypatch):
    monkeypatch.setattr(rule_texts, "RULES_MAX", 1)
    acting = county.acting(session, "administrator")
    told = {"title": "实施意见", "issuer": "全国妇联", "issued_on": day_of(clock()), "text": "第一条", "now": clock()}
    with app.app_context():
        first = rule_texts.write(session, acting, None, **told, number=0)
        with pytest.raises(Problem, match="rules_full"):
            rule_texts.write(session, acting, None, **told, number=0)
        rule_texts.end(session, acting, first.rule_id, clock())
        second = rule_texts.write(session, acting, None, **told, number=0)
        with pytest.raises(Problem, match="rules_full"):
            rule_texts.write(session, acting, first.rule_id, **told, number=first.number)
        # Another text of one in force is no more of them
        assert rule_texts.write(session, acting, second.rule_id, **told, number=second.number).number == 2
