"""One answer settles: a yes behind which stand 32 calculations in a chain and 50 questions that appear, phone at 4x.

From the input event, by the browser's own time stamp, to the frame in which all 50 are there or gone. Beside it the
engine alone (the same module in the same page, no DOM), and how long the form of 300 questions takes to open.
"""

from bench import forms, long_form
from bench.report import Row

RUNS = 5
SETTLES_MS = 120
USABLE_MS = 1_500
ENGINE_ALONE = """async ([plan, path]) => {
  const { loadPlan } = await import("/static/js/form/plan.js");
  const { openInstance } = await import("/static/js/form/evaluate.js");
  const opened = [];
  let instance = null;
  for (let run = 0; run < 5; run += 1) {
    const before = performance.now();
    instance = openInstance(loadPlan(plan), {});
    opened.push(performance.now() - before);
  }
  const times = [];
  for (const value of ["yes", "no", "yes", "no", "yes"]) {
    const before = performance.now();
    const changed = instance.set(path, value);
    times.push(performance.now() - before);
    if (changed.length < 50) throw new Error(`only ${changed.length} changed`);
  }
  return { opened, times };
}"""


def measure(runs: int = RUNS) -> list[Row]:
    usable, appear, go = [], [], []
    with long_form.on_its_case() as form:
        for _ in range(runs):
            usable.append(form.open())
            appear.append(_settles(form, "yes", 1 + forms.RELEVANTS))
            go.append(_settles(form, "no", 1))
            form.leave()
        alone = form.phone.page.evaluate(ENGINE_ALONE, [forms.plan().json, forms.TRIGGER])
    engine = tuple(alone["times"])
    return [
        Row("form of 300 questions: tap to its first question, 4x", "ms", tuple(usable), USABLE_MS),
        Row("one answer, 32 steps, 50 questions appear, 4x", "ms", tuple(appear), SETTLES_MS, engine),
        Row("one answer, 32 steps, 50 questions go, 4x", "ms", tuple(go), SETTLES_MS, engine),
        Row("engine alone: loads and opens the plan, 4x", "ms", tuple(alone["opened"])),
        Row("slowed, by a busy loop", "times", (form.slowed,)),
    ]


def _settles(form: long_form.OpenForm, value: str, count: int) -> float:
    page = form.phone.page
    choice = form.phone.question(forms.TRIGGER).locator("label.choice", has=page.locator(f'input[value="{value}"]'))
    return form.timed(choice, "input", long_form.QUESTION, count)
