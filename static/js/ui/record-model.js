// What the record screen knows about one form instance, without any DOM: pages, what shows, who sees it, facts, remarks.
import { openInstance } from "../form/evaluate.js";
import { loadPlan } from "../form/plan.js";

/**
 * @typedef {import("../form/plan.js").PlanNode} PlanNode
 * @typedef {{value: string, label: Part[], labelText: string}} Choice
 * @typedef {string | [string, ...Part[]]} Part
 * @typedef {{path: string, node: PlanNode, relevant: boolean, required: boolean, readonly: boolean, value: any, unknown: string | null, same: any,
 *   error: {code: string, message: string} | null, label: Part[], labelText: string, hint: Part[], hintText: string,
 *   guidance: Part[], choices: Choice[] | null, off: boolean, counted: boolean, missing: boolean, sliced: boolean}} View
 * @typedef {{path: string, code: string, message: string, label: string, moment: string}} Trouble
 * @typedef {{remark_id: string, path: string, kind: "must_fix" | "explain" | "note", text: string, ways?: string[], state: string}} Remark
 * @typedef {{remark_id: string, reply: "changed" | "explained" | "spared", text: string}} Reply
 * @typedef {{value: any, on: string, revision_id: string}} Known
 * @typedef {{person_id: string, name?: string, sex?: string, birth_ym?: string, relation?: string, household?: boolean | null}} Person
 * @typedef {[string, string]} PageKey moment and section path
 * @typedef {{page: PageKey | null, later_alone: string[], replies: Reply[], before: Record<string, string>, passed: string[]}} ScreenState
 */

/** In this order they are filled in; a page belongs to one. */
export const MOMENTS = ["door", "later", "desk"];
/** What the server's schema refuses: it must be put right before any hand-in (docs/forms.md 4). */
export const UNREADABLE = new Set(["type", "too_long", "unknown_not_allowed"]);

/** @param {string} path `members[x].name` → `members[x]` → `members` → the form itself */
export function parentOf(path) {
  return path.replace(/(\.[^.[\]]+|\[[^\]]*\]|^[^.[\]]+)$/, "");
}

/** @param {string} path the row's `_id` where the path ends in one, else "" */
export function rowIdOf(path) {
  return /\[([^\]]*)\]$/.exec(path)?.[1] ?? "";
}

/**
 * @param {any} options of openRecord (docs/record-ui.md)
 */
export function createModel(options) {
  // A plan of function set 2 comes loaded, with its files, and prepared: its lists and rare functions are fetched before.
  const plan = options.plan.json ? options.plan : loadPlan(options.plan);
  const form = openInstance(plan, {
    answers: options.answers ?? null,
    recorded: options.recorded ?? undefined,
    now: options.now,
    zone: options.zone ?? "Asia/Shanghai",
    random: options.random,
    newId: options.newId,
    me: options.me,
    off: options.off,
    lastSaved: options.lastSaved,
    language: options.language,
  });
  /** @type {PlanNode[]} */
  const nodes = plan.nodes;
  const tree = readTree(nodes);
  /** @type {ScreenState} */
  const state = {
    page: null,
    later_alone: [],
    replies: [],
    before: {},
    passed: [],
    ...structuredClone(options.state ?? {}),
  };
  const behind = options.in_private ? new Set() : askedAlone(plan);
  const alonePath =
    tree.pathOf.get(nodes.find((node) => node.name === "alone" && node.kind === "question")?.n ?? -1) ?? "";
  const model = {
    plan,
    form,
    state,
    /** Photos and files beside answers, by the path of their question. @type {Record<string, any[]>} */
    papers: structuredClone(options.papers ?? {}),
    mode: /** @type {string} */ (options.mode),
    remarks: /** @type {Remark[]} */ (options.remarks ?? []),
    alonePath,
    /** Violence questions lie open on this page until it is left or covered. */
    revealed: false,
    secretAsked: false,

    /** @param {string} path @returns {PlanNode} */
    nodeAt: (path) =>
      /** @type {PlanNode} */ (tree.byName.get(path.includes("[") ? path.replace(/\[[^\]]*\]/g, "") : path)),
    /** @param {string} path children of a group, a row or the form; the rows of a repeat @returns {string[]} */
    childrenOf(path) {
      const node = model.nodeAt(path);
      if (node.kind === "repeat" && !path.endsWith("]"))
        return form.rows(path).map((/** @type {string} */ id) => `${path}[${id}]`);
      return tree.kids[node.n].map((child) => (path ? `${path}.${child.name}` : child.name));
    },
    /** Whether this stands on a page of these moments now. @param {string} path @param {string[]} moments @returns {boolean} */
    shows(path, moments) {
      const node = model.nodeAt(path);
      const view = form.view(path);
      if (node.kind === "hidden" || !view.relevant || view.off) return false;
      if (node.kind === "group") return model.childrenOf(path).some((child) => model.shows(child, moments));
      if (node.kind === "repeat") return moments.some((moment) => tree.moments[node.n].has(moment));
      // A calculation without words has nothing to show but its refusal.
      if (node.kind === "calculate" && !view.labelText && !view.error) return false;
      return moments.includes(node.moment);
    },
    /** @param {string} moment @returns {string[]} section paths; "" holds the loose questions */
    sectionsOf(moment) {
      const top = model.childrenOf("").filter((path) => model.shows(path, [moment]));
      const sections = top.filter((path) => isBox(model.nodeAt(path)));
      return top.length > sections.length ? ["", ...sections] : sections;
    },
    /** @returns {PageKey[]} all pages that can be reached now, in the order of filling in */
    pages: () =>
      model
        .moments()
        .flatMap((moment) => model.sectionsOf(moment).map((path) => /** @type {PageKey} */ ([moment, path]))),
    /** `desk` is judgement: it never stands on a page that can be open in the home. */
    moments: () => (model.looked_on() ? MOMENTS.slice(0, 2) : MOMENTS),
    /** @param {string} path @returns {PageKey} */
    pageOf(path) {
      const node = model.nodeAt(path);
      const moment = tree.moments[node.n].has(node.moment)
        ? node.moment
        : ([...tree.moments[node.n]][0] ?? node.moment);
      const top = path.split(/[.[]/, 1)[0];
      return [moment, isBox(model.nodeAt(top)) ? top : ""];
    },
    /** Questions on the page, rows included. @param {PageKey} page @returns {string[]} */
    questionsOf([moment, section]) {
      /** @type {string[]} */
      const found = [];
      const walk = (/** @type {string} */ path) => {
        if (!model.shows(path, [moment])) return;
        const node = model.nodeAt(path);
        if (node.kind === "question") found.push(path);
        else if (node.kind === "repeat")
          for (const row of form.rows(path)) for (const child of model.childrenOf(`${path}[${row}]`)) walk(child);
        else if (node.kind === "group") for (const child of model.childrenOf(path)) walk(child);
      };
      for (const path of section ? [section] : model.childrenOf("").filter((child) => !isBox(model.nodeAt(child))))
        walk(path);
      return found;
    },
    /** @param {string} path */
    titleOf: (path) => (path ? form.view(path).labelText || model.nodeAt(path).name : ""),

    // ---- not alone -------------------------------------------------------------------------------------------------------------
    /** @param {string} path */
    guarded: (path) => model.nodeAt(path).kind !== "group" && behind.has(model.nodeAt(path).n),
    /** Somebody may stand beside her; also where she only reads. */
    looked_on: () => model.mode === "visit" || (model.mode === "read" && !!options.in_home),
    /** In the home only when she said they are alone; at the desk and in the evening nobody stands beside. */
    mayReveal: () => !model.looked_on() || (alonePath !== "" && form.get(alonePath) === "yes"),
    /** What a list may call this question while somebody may look on. @param {Trouble} trouble */
    safeLabel: (trouble) => (model.looked_on() && model.guarded(trouble.path) ? null : trouble.label),
    hadGuardedAnswers: nodes.some(
      (node) =>
        behind.has(node.n) && node.kind === "question" && options.answers && holds(options.answers, names(node, nodes)),
    ),

    // ---- facts -----------------------------------------------------------------------------------------------------------------
    /** The last approved value of this question's fact. @param {string} path @returns {Known | null} */
    known(path) {
      const fact = model.nodeAt(path).fact;
      if (!fact) return null;
      return options.facts?.[model.personAt(path) ?? options.case_id]?.[fact] ?? null;
    },
    /** The person a row or group is about; "" where nobody said whom. @param {string} path @returns {string | null} null outside of both */
    personAt(path) {
      for (let at = path; at; at = parentOf(at)) {
        if (!at.endsWith("]") && model.nodeAt(at).kind !== "group") continue;
        if (tree.byName.has(`${at.replace(/\[[^\]]*\]/g, "")}.person_id`))
          return form.get(`${at}.person_id`) ?? rowIdOf(at);
      }
      return null;
    },
    /** @param {string} path @param {Known} known @returns {string[]} */
    takeOver: (path, known) =>
      form.setSame(path, structuredClone(known.value), { revision_id: known.revision_id, on: known.on }),
    /** The rows of a list that is one fact, with their own ids, each answer with its origin. @param {string} path @param {Known} known @returns {string[]} */
    takeRows(path, known) {
      const changed = [path];
      const fillRow = (/** @type {string} */ at, /** @type {any} */ values) => {
        for (const child of model.childrenOf(at)) {
          const node = model.nodeAt(child);
          const value = values[node.name] ?? null;
          if (value === null || node.calculate) continue;
          if (node.kind === "group") fillRow(child, value);
          else if (node.kind === "repeat") addRows(child, value);
          else if (node.kind !== "note") changed.push(...model.takeOver(child, { ...known, value }));
        }
      };
      const addRows = (/** @type {string} */ at, /** @type {any[]} */ rows) => {
        for (const row of rows) {
          const rowPath = form.addRepeat(at, row._id ?? options.newId());
          changed.push(rowPath, ...form.lastChanged());
          fillRow(rowPath, row);
        }
      };
      addRows(path, known.value);
      return changed;
    },
    /** A fixed fact is never asked again: it is taken over as it stands. @param {PageKey} page @returns {string[]} */
    takeOverFixed(page) {
      if (model.mode === "read") return [];
      return model.questionsOf(page).flatMap((path) => {
        const known =
          model.nodeAt(path).change === "fixed" && form.get(path) === null && !state.passed.includes(path)
            ? model.known(path)
            : null;
        return known ? model.takeOver(path, known) : [];
      });
    },

    // ---- remarks and what is missing -------------------------------------------------------------------------------------------
    /** @param {string} path @returns {Remark[]} */
    remarksAt: (path) => model.remarks.filter((remark) => remark.path === path),
    /** @param {string} remarkId @returns {Reply | null} */
    replyTo: (remarkId) => state.replies.find((reply) => reply.remark_id === remarkId) ?? null,
    /** @param {Remark} remark whether the answer is another than when the record came back */
    hasChanged: (remark) =>
      !model.findable(remark.path) || JSON.stringify(form.get(remark.path)) !== state.before[remark.remark_id],
    /** @returns {Remark[]} what the supervisor waits for */
    unanswered: () =>
      model.remarks.filter((remark) => remark.kind !== "note" && remark.state === "open" && !isReply(model, remark)),
    /** Whether a path of a remark still leads to something on a page. @param {string} path */
    findable(path) {
      if (!path || !model.nodeAt(path)) return false;
      // From the outermost row in: an inner row of a row that is gone cannot be asked for.
      const rows = [...path.matchAll(/\]/g)].map((end) => path.slice(0, end.index + 1));
      return rows.every((row) => form.rows(parentOf(row)).includes(rowIdOf(row)));
    },
    /** @param {string[] | null} moments @returns {Trouble[]} */
    troubles: (moments) => form.problems(moments),
    /** The troubles of a page. @param {PageKey} page @param {Trouble[]} all */
    troublesOf: ([moment, section], all) =>
      all.filter((trouble) => trouble.moment === moment && model.pageOf(trouble.path)[1] === section),
    snapshot: () => ({
      answers: form.answers(),
      papers: Object.keys(model.papers).length ? structuredClone(model.papers) : undefined,
      recorded: form.recorded(),
      state: structuredClone(state),
    }),
  };
  for (const remark of model.remarks) {
    if (!(remark.remark_id in state.before))
      state.before[remark.remark_id] = JSON.stringify(model.findable(remark.path) ? form.get(remark.path) : null);
  }
  prefill(model, options);
  return model;
}

/** @typedef {ReturnType<typeof createModel>} Model */

/** @param {Model} model @param {Remark} remark */
function isReply(model, remark) {
  const reply = model.replyTo(remark.remark_id);
  if (!reply) return false;
  return reply.reply === "spared" || (reply.reply === "changed" ? model.hasChanged(remark) : reply.text.trim() !== "");
}

/** @param {PlanNode} node */
export function isBox(node) {
  return node.kind === "group" || node.kind === "repeat";
}

/**
 * What is asked of her alone. The form says it (`alone`, with all that stands below); where it marks nothing, it is the class of violence.
 * A form that is filled in at the desk from end to end has nobody beside it.
 * @param {import("../form/plan.js").Plan} plan @returns {Set<number>}
 */
export function askedAlone({ nodes }) {
  /** @type {Set<number>} */
  const found = new Set();
  const isMarked = nodes.some(({ alone }) => alone);
  const inHomes = nodes.some(({ kind, moment }) => kind === "question" && moment !== "desk");
  for (const { n, parent, alone, sensitivity } of nodes)
    if (isMarked ? alone || found.has(parent ?? -1) : inHomes && sensitivity === "violence") found.add(n);
  return found;
}

/** @param {PlanNode[]} nodes */
function readTree(nodes) {
  /** @type {PlanNode[][]} */
  const kids = nodes.map(() => []);
  /** @type {Set<string>[]} */
  const moments = nodes.map(() => new Set());
  /** @type {Map<string, PlanNode>} names without rows → node */
  const byName = new Map([["", nodes[0]]]);
  /** @type {Map<number, string>} */
  const pathOf = new Map();
  for (const node of nodes.slice(1)) {
    kids[node.parent ?? 0].push(node);
    const path = names(node, nodes).join(".");
    byName.set(path, node);
    pathOf.set(node.n, path);
    if (node.kind !== "question" && node.kind !== "note") continue;
    for (let at = /** @type {number | null} */ (node.n); at !== null; at = nodes[at].parent ?? null)
      moments[at].add(node.moment);
  }
  return { kids, moments, byName, pathOf };
}

/** @param {PlanNode} node @param {PlanNode[]} nodes @returns {string[]} */
function names(node, nodes) {
  const parent = node.parent ?? null;
  return parent === null ? [] : [...names(nodes[parent], nodes), node.name];
}

/** @param {any} answers @param {string[]} names @returns {boolean} whether anything was answered there, in any row */
function holds(answers, [name, ...rest]) {
  if (answers === null || answers === undefined) return false;
  if (name === undefined) return true;
  if (Array.isArray(answers)) return answers.some((row) => holds(row, [name, ...rest]));
  return holds(answers[name], rest);
}

/** @param {Model} model @param {any} options */
function prefill({ form, nodeAt }, options) {
  for (const [path, value] of Object.entries(options.prefill ?? {})) {
    const node = nodeAt(path);
    if (!node) continue;
    if (node.kind !== "repeat") {
      // Of a new record the app knows better than a default.
      if (form.get(path) === null || !options.answers) form.set(path, value);
    } else if (form.rows(path).length === 0) {
      for (const row of value) {
        const at = form.addRepeat(path, options.newId());
        for (const [name, part] of Object.entries(row)) if (nodeAt(`${path}.${name}`)) form.set(`${at}.${name}`, part);
      }
    }
  }
}
