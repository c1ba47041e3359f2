"""The vectors of function set 2 are what a second, independent way of computing gives; both engines run them in
tests/js/form/test_vectors.py."""

import json

import pytest

from tests.unit.forms import derive


@pytest.mark.parametrize("name", sorted(derive.FILES))
def test_the_committed_vectors_are_what_the_rules_give_when_derived_without_our_code(name: str) -> None:
    committed = json.loads((derive.FOLDER / f"{name}.json").read_text("utf-8"))
    assert committed == derive.file_of(name)


def test_there_are_at_least_1500_vectors_of_both_sets_and_each_says_its_rule() -> None:
    files = [derive.FOLDER / "expressions.json", *sorted(derive.FOLDER.glob("set2_*.json"))]
    vectors = [json.loads(file.read_text("utf-8"))["vectors"] for file in files]
    assert sum(map(len, vectors)) >= 1500
    assert all(vector["rule"] for found in vectors[1:] for vector in found)
