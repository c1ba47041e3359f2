"""Autosave of a full draft of 300 answers, phone at 4x: what a save costs, and how long a keystroke waits for the disk.

Typed on the real page, key by key; the save is the app's own. Its cost runs from the beginning of the task that saves
to the end of the IndexedDB transaction: JSON, the way to the worker, sealing, the way back, the write. The floor is a
put of the same bytes unsealed in the same page and run. Sealing runs in a worker, which 4x does not slow.
"""

from typing import Any

from bench import forms, long_form
from bench.report import Row

RUNS = 15
COST_MS = 50
DELAY_MS = 2_000


def measure(runs: int = RUNS) -> list[Row]:
    with long_form.on_its_case() as form:
        form.open()
        form.contents()
        page = form.phone.page
        form.phone.tap(page.locator(".contents button.cell", has_text=forms.NOTES_SECTION).first)
        note = form.phone.question(forms.NOTE).locator("input, textarea").first
        form.phone.tap(note)
        saves = []
        for run in range(runs + 1):
            note.press_sequentially(forms.TEXT[run % len(forms.TEXT)])
            saves.append(page.evaluate(LAST_SAVE))
        kept = saves[1:]  # the first save makes the draft and warms the worker
        size = int(kept[-1]["bytes"])
        floor = [page.evaluate("(size) => probe.rawPut(size)", size) for _ in range(runs + 1)][1:]
    return [
        Row(f"a save of {size:,} B of draft, 4x", "ms", _of(kept, "cost"), COST_MS, tuple(floor)),
        Row("of it the page's own work, 4x", "ms", _of(kept, "page")),
        Row("of it the worker, with the way there and back", "ms", _of(kept, "worker")),
        Row("keystroke to disk, with the pause of 400 ms", "ms", _of(kept, "delay"), DELAY_MS),
        Row("slowed, by a busy loop", "times", (form.slowed,)),
    ]


# Waits for the save of the newest input: the put that began after it.
LAST_SAVE = """async () => {
  const input = probe.inputs.filter(({ type }) => type === "input").at(-1);
  const given_up = performance.now() + 30_000;
  for (;;) {
    const put = probe.puts.find((one) => one.store === "drafts" && one.from > input.at);
    if (put) {
      const seal = probe.calls.findLast((one) => one.op === "seal" && one.store === "drafts" && one.to <= put.from);
      const worker = seal.to - seal.from;
      return {
        bytes: seal.bytes, cost: put.to - seal.task, worker, page: seal.from - seal.task, delay: put.to - input.at,
      };
    }
    if (performance.now() > given_up) throw new Error("never saved");
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}"""


def _of(saves: list[Any], what: str) -> tuple[float, ...]:
    return tuple(float(save[what]) for save in saves)
