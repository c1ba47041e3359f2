"""What the desk says in Chinese: every sentence has a text, and the compiled file is the committed text's."""

import re
import runpy

import pytest

from tests.house_reading import ROOT

PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture
def translate():
    return runpy.run_path(str(ROOT / "scripts" / "translate"), run_name="translate")


def texts_of(message):
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_every_sentence_of_code_and_pages_has_a_chinese_text(translate):
    wanted = {message.id for message in translate["sentences"]() if message.id}
    stored = {message.id: message for message in translate["stored"]() if message.id}
    assert len(wanted) > 200
    assert wanted - set(stored) == set(), "run scripts/translate"
    assert set(stored) - wanted == set(), "run scripts/translate"
    assert [key for key, message in stored.items() if not all(texts_of(message)) or message.fuzzy] == []


def test_an_entry_without_a_chinese_text_is_named_and_ends_the_collecting_with_one(translate, tmp_path, capsys):
    po = tmp_path / "messages.po"
    catalog = translate["stored"]()
    told = next(message.id for message in catalog if isinstance(message.id, str) and message.id)
    del catalog[told]  # as when the sentence was just written into the code
    po.write_bytes(translate["written"](catalog))
    translate["main"].__globals__["PO"] = po
    with pytest.raises(SystemExit) as ended:
        translate["main"]()
    assert ended.value.code == 1 and repr(told) in capsys.readouterr().err
    assert f'msgid "{told}"' in po.read_text("utf-8") and po.with_suffix(".mo").exists()


def test_a_chinese_text_fills_in_what_the_english_one_fills_in(translate):
    for message in translate["stored"]():
        if message.id:
            asked = message.id[0] if isinstance(message.id, tuple) else message.id
            assert {frozenset(PLACEHOLDER.findall(text)) for text in texts_of(message)} == {
                frozenset(PLACEHOLDER.findall(asked))
            }, message.id


def test_the_compiled_file_is_that_of_the_text(translate):
    assert translate["PO"].with_suffix(".mo").read_bytes() == translate["compiled"](translate["stored"]())
