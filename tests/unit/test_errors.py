"""The registry of Problems keeps its promises."""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from fieldapp import errors
from fieldapp.errors import PROBLEMS, RETIRED, Problem


def _codes_of(area):
    """As the source has them: a dict would hide a code that is written twice."""
    tree = ast.parse(Path(area.__file__).read_text("utf-8"))
    rows = next(n for n in ast.walk(tree) if isinstance(n, ast.AnnAssign) and getattr(n.target, "id", "") == "PROBLEMS")
    return [ast.literal_eval(key) for key in rows.value.keys]


@pytest.mark.parametrize("area", errors.AREAS, ids=lambda area: area.__name__.rpartition(".")[2])
def test_codes_of_an_area_stand_in_alphabetical_order_and_once(area):
    assert all(before < after for before, after in pairwise(_codes_of(area)))


def test_a_code_stands_in_one_area_alone():
    codes = [code for area in errors.AREAS for code in _codes_of(area)]
    assert sorted(codes) == sorted(PROBLEMS)


def test_every_file_of_problems_is_an_area():
    files = {path.stem for path in Path(errors.__file__).parent.glob("*.py")} - {"__init__", "text"}
    assert files == {area.__name__.rpartition(".")[2] for area in errors.AREAS}


@pytest.mark.parametrize("code", PROBLEMS)
def test_every_problem_has_a_status_and_four_sentences(code):
    text = PROBLEMS[code]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code) and code not in RETIRED
    assert 400 <= text.status < 600
    assert all(sentence.strip() == sentence and sentence for sentence in text[1:])
    assert text.title_en.isascii() and text.what_to_do_en.isascii()
    assert not text.title_zh.isascii() and not text.what_to_do_zh.isascii()


def test_a_problem_speaks_the_language_asked_for_and_chinese_otherwise():
    problem = Problem("not_found", field="x")
    assert problem.title("en") == "Nothing is found here" and problem.title("fr") == problem.text.title_zh
    assert problem.status == 404 and problem.details == {"field": "x"}


def test_an_unknown_code_cannot_be_raised():
    with pytest.raises(KeyError):
        Problem("never_heard_of")
