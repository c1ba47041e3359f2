"""docs/rights.md says what the code does."""

import re
from pathlib import Path

from fieldapp.forms.sensitivity import CLASSES
from fieldapp.models.accounts import Role
from fieldapp.models.scope import READS

PAGE = (Path(__file__).parents[2] / "docs" / "rights.md").read_text("utf-8")


def test_the_table_of_classes_is_what_the_queries_cut_by():
    table = PAGE.split("## Who reads which class of answers")[1].split("## ")[0]
    heading, *rows = [re.split(r" *\| *", line.strip("| ")) for line in table.splitlines() if line.startswith("| ")]
    assert set(heading[1:]) == set(CLASSES)
    told = {row[0]: {name for name, cell in zip(heading[1:], row[1:], strict=True) if cell == "yes"} for row in rows}
    assert told == {role.value: set(READS[role]) for role in Role}


def test_every_role_stands_in_the_table_of_families():
    table = PAGE.split("## Which families, which reports")[1].split("## ")[0]
    named = {re.split(r"[ ,|]+", line)[1] for line in table.splitlines() if line.startswith("| ")} - {"role"}
    assert named == {role.value for role in Role}
