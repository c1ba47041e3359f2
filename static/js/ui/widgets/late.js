// A widget that only some forms need: drawn empty, filled when its module is here. The second time it is here at once.

/** @typedef {import("../record-row.js").Field} Field */
/** @typedef {import("../record-row.js").Widget} Widget */
/** @typedef {{widget: (field: Field) => Widget}} Late */

/** @type {Map<() => Promise<Late>, Late["widget"]>} */
const here = new Map();

/**
 * @param {Field} field
 * @param {() => Promise<Late>} load the same function each time
 * @returns {Widget} without a control of its own: a question of several parts
 */
export function lateWidget(field, load) {
  const make = here.get(load);
  if (make) return make(field);
  const element = document.createElement("div");
  /** @type {Widget | null} */
  let inner = null;
  /** @type {import("../record-model.js").View | null} */
  let view = null;
  let wanted = false;
  /** @type {Widget & {invalid: HTMLElement[]}} */
  const late = {
    element,
    invalid: [],
    update(now) {
      view = now;
      inner?.update(now);
    },
    focus() {
      wanted = !inner;
      inner?.focus();
    },
  };
  void load().then(({ widget }) => {
    here.set(load, widget);
    inner = widget(field);
    late.invalid.push(...(inner.invalid ?? []));
    element.append(inner.element);
    if (view) inner.update(view);
    if (wanted) inner.focus();
  });
  return late;
}
