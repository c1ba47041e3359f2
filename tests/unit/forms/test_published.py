"""Forms that were published compile to the same bytes for ever: drafts and records name them by their hash."""

from pathlib import Path

import pytest

from fieldapp.forms.publish import compile_xlsform

PUBLISHED = Path(__file__).parents[2] / "vectors/forms/published"
HASHES = {
    "F0-1": "91ccbe836def3e15e97383474c2058aae37ea37f75c6191e672e57b353bccf81",
    "F2-1": "bfc5e08a16beda02d91abdee0938bc5ffa8bb690721be02834acc8d0574c68d4",
    "F2-2": "e660351f79af1cb7e65333146e5635edd5c476b850959b009c08f7aa88fc8711",
    "F3-1": "7cede7bc1c6c65931582c5607267dfc68f6da49b4dfb0d681c6d8bab5b6e7623",
    "F3V-1": "10d193682c0a5f0faf7cf7b9361243f2b47227e77021ce2ade9a8499ce89b7e5",
}

FUNCTIONS = {"F3-1": 2}


@pytest.mark.parametrize("form", sorted(HASHES))
def test_a_published_form_keeps_its_function_set_and_its_hash(form: str) -> None:
    plan = compile_xlsform((PUBLISHED / f"{form}.md").read_text("utf-8"), "md")
    assert plan.json["functions"] == FUNCTIONS.get(form, 1) and plan.hash == HASHES[form]
