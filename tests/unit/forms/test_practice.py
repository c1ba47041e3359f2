"""What one practises with on a phone without a server is what the library publishes."""

import json
import re
from typing import Any

import pytest

from fieldapp.forms import library
from scripts import practice


def practised() -> list[dict[str, Any]]:
    texts = re.findall(r'^  (".*"),$', practice.FILE.read_text("utf-8"), re.MULTILINE)
    return [json.loads(json.loads(text)) for text in texts]


def test_the_forms_of_a_whole_visit_are_practised():
    assert [plan["form_id"] for plan in practised()] == list(practice.FORMS)
    assert {"F2", "F3", "F3V", "F5"} <= set(practice.FORMS)


@pytest.mark.parametrize("plan", practised(), ids=lambda plan: plan["form_id"])
def test_a_form_is_practised_as_it_was_published(plan):
    # A new version is practised when the file is made anew; what goes under one number is the same everywhere.
    published = library.plans()[plan["form_id"]]
    assert plan["version"] <= published.version
    if plan["version"] == published.version:
        assert plan["hash"] == published.hash, "run: .venv/bin/python -m scripts.practice"
