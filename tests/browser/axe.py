"""axe, the judge of accessibility, on a page as it stands.

Asked for violations alone, and for its answer as one text: of each rule that holds it would else describe every node
that it held for, and to hand those over took longer than to judge.
"""

import functools
import json
from collections.abc import Sequence
from importlib import resources

from playwright.sync_api import Page

RULES = ("wcag2a", "wcag2aa", "wcag21aa", "best-practice")
# What the same page in other colours may break; all other rules ask what stands there, not how it is painted.
OF_COLOURS = ("color-contrast", "link-in-text-block")
# And in a narrower window, besides.
OF_LOOKS = (*OF_COLOURS, "scrollable-region-focusable", "target-size")
JUDGE = """async (runOnly) => {
  const found = await axe.run(document, { runOnly, resultTypes: ["violations"] });
  return JSON.stringify(found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)));
}"""
HTML_LENGTH_TOLD = 200


@functools.cache
def _script() -> str:
    return resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def violations(page: Page, rules: Sequence[str] = RULES) -> list[str]:
    """`rule: html` of each node that breaks one; the script is put into a document once."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_script())
    told: list[str] = json.loads(page.evaluate(JUDGE, list(rules)))
    return [one[:HTML_LENGTH_TOLD] for one in told]
