"""The rules by which the real phone writes down an answer, each taken out of the text of its module: is it missed?

The browser gets the module without its rule; the test named beside it passes with the rule, and has to fail now.
"""

from pathlib import Path

import pytest

from tests.mutants import replaced

ROOT = Path(__file__).parents[3]
FILE = "static/js/outbox/exchange.js"
ONE = 'await runAll(store, [...store.outbox.stores, "drafts", "inbox", "packs", "state"], writes);'
EACH = ONE.replace(", writes)", ", [write])")
FAILURE = """async ([address, name]) => {
  const module = await import(address);
  try {
    await module[name]();
    return null;
  } catch (error) {
    return String(error);
  }
}"""
DYING = ("dying_test.js", "test_a_phone_that_dies_after_any_commit_has_results_and_page_or_neither")
FULL = ("outbox_test.js", "test_a_page_is_applied_with_the_results_or_not_at_all")
LEAVING = ("outbox_test.js", "test_a_family_stays_until_what_was_handed_in_meanwhile_was_answered")

# name: (what stands there, what stands there instead, the test, how it fails)
TAKEN_AWAY = {
    "one_transaction": (ONE, f"for (const write of writes) {EACH}", DYING, '["received",false] is not'),
    # Dead after the cursor and before the page: the family never comes.
    "page_before_cursor": (ONE, f"for (const write of writes.reverse()) {EACH}", DYING, '["received",null,1] is not'),
    "one_transaction_on_a_full_disk": (
        ONE,
        f"for (const write of writes) {EACH}",
        FULL,
        '["waiting"],"ok",null] is not',
    ),
    "counted_anew": ("if (left && takes && head.page) outbox.transaction.abort();", "", LEAVING, "is not"),
}


@pytest.mark.browser
@pytest.mark.own_window
@pytest.mark.parametrize("name", TAKEN_AWAY)
def test_a_rule_of_the_phone_that_is_taken_away_is_missed(js_page, name):
    text, instead, (file, test), failure = TAKEN_AWAY[name]
    without = replaced((ROOT / FILE).read_text("utf-8"), text, instead, FILE)
    served = []

    def serve(route):
        served.append(route.request.url)
        route.fulfill(body=without, content_type="text/javascript; charset=utf-8")

    js_page.route(f"**/{FILE}", serve)
    said = js_page.evaluate(FAILURE, [f"/tests/js/core/{file}", test])
    assert served and said is not None and failure in said, said
