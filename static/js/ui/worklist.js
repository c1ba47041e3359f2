// The list a worker opens in the morning: what came back, what is late, what is for today.
import { fill, h } from "./dom.js";
import { dayText, pick, t } from "./i18n.js";
import { button, cell, field, group } from "./parts.js";
import { search } from "./worklist-groups.js";

/** More rows are drawn on demand: 500 rows at once cost a cheap phone half a second. */
const ROWS_MAX = 40;

/** @typedef {import("./worklist-groups.js").Groups} Groups @typedef {import("./worklist-groups.js").Entry} Entry */

/**
 * @param {HTMLElement} root
 * @param {{groups: Groups, summaries: import("./worklist-groups.js").Summary[], onCase: (case_id: string) => void, onSweep: (case_id: string, visit: import("./worklist-groups.js").Visit) => void, onLead: (() => void) | null}} options a village user's list is neutral already: the server sends nothing else
 */
export function openWorklist(root, { groups, summaries, onCase, onSweep, onLead }) {
  let typed = "";
  const found = h("div", { id: "found" });
  const lists = h("div", null);
  const query = field({ label: t("search"), id: "search", maxlength: 50, oninput: look });
  const lead = onLead && h("div", { class: "actions" }, button(t("lead_new"), onLead, { id: "lead-new" }));
  fill(root, query.element, found, lists, lead);
  draw();
  return { update };

  /** @param {Groups} nextGroups @param {import("./worklist-groups.js").Summary[]} nextSummaries */
  function update(nextGroups, nextSummaries) {
    groups = nextGroups;
    summaries = nextSummaries;
    draw();
    look(typed);
  }

  function draw() {
    const { returned, overdue, today, coming, others } = groups;
    query.element.hidden = summaries.length < 8;
    fill(
      lists,
      part("returned", returned, "danger"),
      part("overdue", overdue, "danger"),
      part("today", today, "ok"),
      today.length + overdue.length + returned.length === 0 &&
        h("p", { class: "empty", id: "nothing-today" }, summaries.length ? t("nothing_today") : t("nothing_yet")),
      part("coming", coming),
      part("others", others),
    );
  }

  /** @param {"returned" | "overdue" | "today" | "coming" | "others"} name @param {Entry[]} entries @param {string} [tone] */
  function part(name, entries, tone) {
    const rows = entries.slice(0, ROWS_MAX).map((entry) => row(name, entry));
    const section = group(t(`list_${name}`), rows, { count: entries.length, tone, id: `list-${name}` });
    if (section && entries.length > ROWS_MAX) section.append(more(section, name, entries));
    return section;
  }

  /** @param {HTMLElement} section @param {"returned" | "overdue" | "today" | "coming" | "others"} name @param {Entry[]} entries */
  function more(section, name, entries) {
    const rest = h(
      "button",
      {
        class: "btn",
        onclick: () => {
          rest.remove();
          section.querySelector(".entries")?.append(...entries.slice(ROWS_MAX).map((entry) => row(name, entry)));
        },
      },
      t("show_all", { n: entries.length }),
    );
    return rest;
  }

  /** @param {string} name @param {Entry} entry */
  function row(name, { summary, visit, record, day }) {
    // A household of a sweep opens on its six taps at once: no name stands there, so nothing has to be asked before.
    const press = () => (visit?.purpose === "sweep" ? onSweep(summary.case_id, visit) : onCase(summary.case_id));
    const below = [
      summary.village?.name,
      visit && pick(visit.reason),
      record?.returned && t("remarks_n", { n: record.returned.remarks }),
    ]
      .filter(Boolean)
      .join(" · ");
    const aside =
      name === "returned"
        ? t(record?.conflict ? "act_merge" : "to_correct")
        : name === "overdue"
          ? t("due_on", { day: dayText(visit?.due_on ?? day ?? "") })
          : name === "coming" && day
            ? dayText(day)
            : null;
    return cell({
      main: summary.code_name,
      below,
      aside,
      tone: name === "overdue" || name === "returned" ? "danger" : undefined,
      press,
    });
  }

  /** @param {string} value */
  function look(value) {
    typed = value;
    const hits = search(summaries, value);
    const rows = hits
      .slice(0, ROWS_MAX)
      .map((summary) => row("others", { summary, visit: null, record: null, day: null }));
    fill(
      found,
      value.trim() &&
        (rows.length
          ? group(t("found"), rows, { count: hits.length })
          : h("p", { class: "empty" }, t("nothing_found"))),
    );
    lists.hidden = !!value.trim();
  }
}
