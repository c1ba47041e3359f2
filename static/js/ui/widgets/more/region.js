// A place by its 12-digit code, level by level from a list; the village is the last level, no house number is asked.
import { fill, h } from "../../dom.js";
import { t } from "../../i18n.js";
import "./words.js";

/** @typedef {import("../../record-row.js").Field} Field */
/** @typedef {import("../../record-row.js").Widget} Widget */
/** @typedef {{code: string, name: string, to?: string}} Region `to`: last day of a division that was merged or renamed */

/** @param {Field} field @returns {Widget} */
export function widget(field) {
  const { screen } = field;
  const regions = /** @type {((prefix: string | null) => Promise<Region[]>) & {find?: (words: string) => Region[]}} */ (
    screen.options.regions
  );
  const button = h("button", { id: field.id, class: "picker", "aria-haspopup": "true", onclick: open });
  let named = "";

  async function open() {
    const list = h("ul", { class: "picker-list" });
    const where = h("p", { class: "muted pad", role: "status" });
    const search = h("input", {
      type: "text",
      class: "box",
      "aria-label": t("rec_region_search"),
      placeholder: t("rec_region_search"),
      oninput: () => void (search.value.trim() ? look(search.value.trim().toLowerCase()) : level()),
    });
    const close = screen.openPanel({
      title: screen.model.titleOf(field.path),
      body: [h("div", { class: "pad" }, search), where, list],
      foot: [],
      from: button,
    });
    /** @type {Region[]} */
    const way = [];
    const take = (/** @type {string} */ code) => {
      close();
      field.set(code);
      field.left();
    };
    // A place in another province, or a village of another county, is not on the phone: its code is typed.
    const look = (/** @type {string} */ words) => {
      const found = regions.find?.(words) ?? [];
      const typed = /^\d{12}$/.test(words) && !found.length;
      where.textContent = found.length || typed ? "" : t("rec_none_found");
      fill(
        list,
        typed && line(t("rec_region_code", { code: words }), () => take(words)),
        found.map((region) => line(nameWithDay(region), () => take(region.code), region.code)),
      );
    };
    const level = async () => {
      const last = way[way.length - 1];
      const found = await regions(last?.code ?? null);
      if (search.value.trim()) return look(search.value.trim().toLowerCase()); // the names came while somebody typed
      if (last && found.length === 0) return take(last.code);
      where.textContent = last || found.length ? way.map((region) => region.name).join(" › ") : t("rec_region_none");
      fill(
        list,
        last &&
          line(t("rec_region_up"), () => {
            way.pop();
            level();
          }),
        last && line(t("rec_region_here", { name: last.name }), () => take(last.code)),
        found.map((region) =>
          line(
            [h("span", null, nameWithDay(region)), h("span", { class: "chevron", "aria-hidden": "true" }, "›")],
            () => {
              way.push(region);
              level();
            },
            region.code,
          ),
        ),
      );
      if (document.activeElement !== search) list.querySelector("button")?.focus();
    };
    await level();
  }

  return {
    element: button,
    control: button,
    invalid: [],
    update(view) {
      const code = typeof view.value === "string" ? view.value : "";
      write(code === "" ? t("rec_choose") : named && code === button.value ? named : code);
      if (code && code !== button.value)
        nameOf(regions, code).then((name) => {
          if (button.value !== code) return; // another answer came in between
          named = name;
          write(name || code);
        });
      button.value = code;
    },
    focus: () => button.focus(),
  };

  /** @param {string} text */
  function write(text) {
    fill(button, h("span", null, text), h("span", { class: "chevron", "aria-hidden": "true" }, "›"));
  }
}

/**
 * The names from the top down to this code; where the list only holds what lies above it, those and the code; empty where it holds nothing of it.
 * @param {(prefix: string | null) => Promise<Region[]>} regions
 * @param {string} code
 */
async function nameOf(regions, code) {
  const names = [];
  for (let at = /** @type {string | null} */ (null); ; ) {
    const found = /** @type {Region[]} */ (await regions(at));
    // 120000000000 holds 120100000000 holds 120101000000: a code without its zeros begins every code below it.
    const next =
      found.find((region) => region.code === code) ?? found.find((region) => code.startsWith(stem(region.code)));
    if (!next || next.code === at) return names.length > 0 ? `${names.join("")} ${code}` : "";
    names.push(next.name);
    if (next.code === code) return names.join("");
    at = next.code;
  }
}

/** A row to tap. @param {import("../../dom.js").Child} words @param {() => void} onclick @param {string} [value] its code */
const line = (words, onclick, value = "") =>
  h("li", null, h("button", { class: "picker-row", dataset: { value }, onclick }, words));

/** Merged or renamed: old papers name it still. @param {Region} region */
const nameWithDay = ({ name, to }) => name + (to ? t("rec_region_until", { day: to }) : "");

/** @param {string} code */
function stem(code) {
  const length = [2, 4, 6, 9].find((digits) => /^0*$/.test(code.slice(digits))) ?? 12;
  return code.slice(0, length);
}
