"""docs/xlsform-support.md says what the compiler does, because it is written from the compiler's tables."""

from pathlib import Path

import pytest
from pyxform.question_type_dictionary import QUESTION_TYPE_DICT

from fieldapp.forms import support
from fieldapp.forms.compiler import attributes, tables
from fieldapp.forms.compiler.tables import REFUSED, SAME
from fieldapp.forms.functions import ARITY

PAGE = Path(__file__).parents[3] / "docs" / "xlsform-support.md"
TABLES = {
    name: table
    for name, table in {**vars(attributes), **vars(tables)}.items()
    if name.isupper() and isinstance(table, dict)
}
SUPPORTS = {name: table for name, table in TABLES.items() if all(isinstance(s, tables.Support) for s in table.values())}


def test_the_committed_page_is_what_the_tables_give() -> None:
    assert PAGE.read_text("utf-8") == support.page(), "run: python -m fieldapp.forms.support > docs/xlsform-support.md"


@pytest.mark.parametrize("table", sorted(SUPPORTS))
def test_whatever_is_refused_or_ignored_says_why_in_both_languages(table: str) -> None:
    for name, row in SUPPORTS[table].items():
        assert row.state not in (REFUSED, SAME) or (row.zh and row.en), name


def test_every_type_of_pyxform_has_a_place_in_the_table() -> None:
    plain = {name for name in QUESTION_TYPE_DICT if " " not in name and ":" not in name}
    aliases = {"photo", "picture", "string", "int", "datetime", "imei", "location", "gps", "trigger", "percentage"}
    assert plain - aliases <= set(tables.TYPES)


def test_no_function_is_both_taken_and_refused() -> None:
    assert not set(ARITY) & set(tables.REFUSED_FUNCTIONS)
