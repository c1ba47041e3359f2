// One record in front of a person: opened from a draft, a returned report or nothing; saved at every keystroke; handed in.

import { createAutosave } from "./autosave.js";
import { Problem } from "./errors.js";
import { newId } from "./ids.js";
import { h, timer } from "./ui/dom.js";
import { language, t } from "./ui/i18n.js";
import { button, notice } from "./ui/parts.js";
import { isOvertaken, ownOf, stateNow } from "./ui/worklist-groups.js";
import { askSecret, attempt, inHome, nameOf, newestPlan, planOf, say, sayThrown, storeOf, today } from "./wire-app.js";
import { bundleOf, IN_HAND, writtenIn } from "./wire-case.js";
import { lastOf, prefillOf } from "./wire-prefill.js";

/** @typedef {import("./wire-app.js").App} App */

/** Reasons that no new version of the same report can overcome; of two versions a person chooses (more/wire-merge.js). */
const CLOSED = new Set(["approved", "void", "not_the_author", "not_the_head", "other_bytes"]);
/** Of a family that has no file yet: the lead, and who told us. */
const LEADS = new Set(["F1", "F1R"]);
/** Set aside unread: the server does not have it. */
export const ONLY_HERE = new Set(["frame_malformed", "frame_too_large"]);

/** @param {App} app @param {{random: () => number}} given */
export function wireRecord(app, { random }) {
  return { openers: { record: open } };

  /**
   * @param {HTMLElement} element
   * @param {{ref?: string, case_id?: string, record_id?: string, visit_id?: string, form?: string, about?: string, focus?: string, conflict?: boolean, fresh?: boolean, merge?: boolean}} args `fresh`: a lead that is being taken; `merge`: of two versions one is to be made
   */
  async function open(element, args) {
    if (args.merge) args = await (await import("./more/wire-merge.js")).begin(app, args);
    const { openRecord } = await import("./ui/record.js");
    const { ref, draft, bundle, plan, read: closed } = await begin(app, args);
    const pens = bundle.pens && !closed && (await import("./more/pen.js"));
    const pen = pens?.atDesk(bundle, draft);
    const read = closed || !!pen;
    if (draft.position?.merge && !pen)
      return (await import("./more/wire-merge.js")).openMerge(app, element, { ref, draft, bundle, plan });
    const { loadPlan, prepare } = await import("./form/plan.js");
    const { besides, filesOf, mediaOf } = await import("./store/more/lists.js");
    const { below } = await import("./form/more/divisions.js");
    const { inbox } = storeOf(app);
    const loaded = loadPlan(plan, { files: await filesOf(inbox, plan) });
    await prepare(loaded);
    const { divisions, projects } = await besides(inbox, loaded);
    const memory = storeOf(app).state;
    const lastSaved = plan.last_saved && (await memory.get(`last:${plan.form_id}`).catch(() => null));
    let value = draft;
    const record = (bundle.records ?? []).find((/** @type {any} */ one) => one.record_id === draft.record_id);
    const returned = record?.state === "returned" ? record.returned : null;
    // Also where it is another family's: who looks on looks at this phone. A lead that is being taken has nobody beside it.
    const in_home = inHome(app) && !args.fresh;
    const autosave = createAutosave({ write, onState: saved, timer, now: app.now });
    app.saved_at = null;
    element.classList.add("screen-bare");
    const screen = openRecord(element, {
      plan: loaded,
      name: nameOf(app, plan, draft),
      me: { username: app.vaults.person?.name ?? "", deviceid: app.vaults.current?.vault_id ?? "" },
      off: app.vaults.person?.policy?.off ?? [],
      readers: app.vaults.person?.readers,
      lastSaved,
      answers: draft.answers ?? null,
      papers: draft.papers,
      files: async () => (await import("./more/wire-files.js")).filesOfRecord(app, draft.record_id),
      recorded: draft.recorded ?? null,
      state: draft.position ?? null,
      mode: read ? "read" : in_home ? "visit" : "evening",
      in_home,
      language: language(),
      now: app.now,
      random,
      newId: () => newId(app.now()),
      hashText: (/** @type {string} */ text) => app.vaults.hashText(text),
      case_id: draft.case_id,
      subject: bundle.subject ?? null,
      title: bundle.code_name,
      people: bundle.people ?? [],
      facts: bundle.facts ?? {},
      regions: divisions && below(divisions),
      projects,
      media: mediaOf(inbox, plan),
      visitors: visitorsOf(app, bundle, draft.visit_id),
      prefill: await prefill(app, bundle, draft, plan, !!args.conflict),
      remarks: returned?.remarks ?? [],
      returned: returned && { reason: reasonText(app, returned.reason), text: returned.text ?? "" },
      focus: args.focus,
      door_handed_in: !!draft.door,
      in_private: !!args.fresh,
      sentence: say,
      onChange: (/** @type {any} */ { answers, papers, recorded, state }) =>
        autosave.change({ ...value, answers, papers, recorded, position: state }),
      onDone: (/** @type {any} */ done) => handIn(done),
      onLeave: leave,
      onCover: () => app.vaults.cover("tap"),
      onUrgent: app.urgent,
      askPin: () =>
        app.shell.askPin({ title: t("pin"), length: 6, attempt: (pin) => attempt(() => app.vaults.checkPin(pin)) }),
      askSecret: () => askSecret(app),
      onHandover: (/** @type {boolean} */ active) => app.shell.quiet(active),
    });
    if (pen) element.prepend(pens.penNotice(app, { ref, draft, pen }));
    return {
      title: t("record"),
      bare: true,
      case_code: bundle.code_name,
      back: () => (screen.back() ? true : screen.handover),
      shown: () => screen.shown(),
      snapshot,
      close: () => {
        app.shell.quiet(false);
        app.shell.setTrouble(null);
        screen.close();
      },
    };

    /** @param {any} next */
    async function write(next) {
      value = next;
      await storeOf(app).drafts.save(ref, next);
    }

    /** Also what the input method has not finished. @returns {Promise<void>} */
    function snapshot() {
      if (read) return Promise.resolve();
      const { answers, papers, recorded, state } = screen.snapshot();
      if (autosave.dirty() || JSON.stringify(answers) !== JSON.stringify(value.answers ?? null))
        autosave.change({ ...value, answers, papers, recorded, position: state });
      return autosave.flush();
    }

    /** @param {"saving" | "saved" | "failed"} state @param {unknown} [problem] */
    function saved(state, problem) {
      if (state === "saving") return;
      if (state === "saved") app.saved_at = app.now();
      app.words();
      const said = state === "failed" ? sayThrown(problem) : null;
      app.shell.setTrouble(
        said &&
          h(
            "div",
            { class: "trouble" },
            notice(said),
            button(t("try_again"), () => void autosave.flush()),
          ),
      );
    }

    /** @param {{intent: "door" | "submit", answers: any, papers?: any, recorded: any, replies: any[], visitors: string[]}} done */
    async function handIn({ intent, answers, papers, recorded, replies, visitors }) {
      await snapshot();
      const { district, case_id, visit_id, record_id, form, form_version, parents } = value;
      const revision_id = newId(app.now());
      const head = {
        kind: "revision",
        intent,
        district,
        case_id,
        visit_id,
        record_id,
        form,
        form_version,
        parents,
        revision_id,
      };
      const related = app.kept.conflicts[case_id] === "yes" && { related: true };
      const { pen } = value;
      const body = { answers, papers, pen, replies, recorded: { ...recorded, app: app.version, ...related }, visitors };
      const kept = { ...value, parents: [revision_id], door: true };
      await app.outbox.handIn({
        head,
        body,
        draft: intent === "door" ? { ref, after: "keep", value: kept } : { ref, after: "remove" },
      });
      if (plan.last_saved && intent === "submit")
        await memory.put(`last:${plan.form_id}`, lastOf(plan, answers)).catch(() => {});
      autosave.stop();
      value = kept;
      app.outbox.wake("saved");
      const more = intent === "door" && (await hasMoreAtDoor(app, bundle, kept));
      app.shell.toast(t(intent !== "door" ? "handed" : more ? "door_handed_more" : "door_handed"));
      app.nav.back();
      if (draft.form === "F1" && intent === "submit") await (await import("./more/wire-told.js")).whoToldUs(app, draft);
    }

    async function leave() {
      await snapshot();
      app.nav.back();
    }
  }
}

/**
 * Is a form of this visit not handed in yet? "You may leave" must not be said before.
 * @param {App} app @param {any} bundle @param {{visit_id: string, form: string}} done
 */
async function hasMoreAtDoor(app, bundle, { visit_id, form }) {
  const planned = (bundle.visits ?? []).find((/** @type {any} */ one) => one.visit_id === visit_id);
  const drafts = (await storeOf(app).drafts.list()).flatMap((one) => ("problem" in one ? [] : [one.draft]));
  const records = (bundle.records ?? []).filter((/** @type {any} */ one) => one.mine && one.state !== "draft");
  const items = app.outbox.items().filter((/** @type {any} */ one) => one.kind === "revision");
  const handed = [...drafts.filter(({ door }) => door), ...records, ...items].filter(
    (/** @type {any} */ one) => one.visit_id === visit_id && one.state !== "void",
  );
  const forms = new Set([form, ...handed.map((/** @type {any} */ one) => one.form)]);
  return (planned?.forms ?? []).some((/** @type {string} */ one) => !forms.has(one));
}

/**
 * The draft to work on. A new one is given its ref now and written with its first change: opening a form leaves no trace.
 * @param {App} app @param {{ref?: string, case_id?: string, record_id?: string, visit_id?: string, form?: string, about?: string}} args
 */
async function begin(app, { ref, case_id, record_id, visit_id, form, about }) {
  const store = storeOf(app);
  if (!ref && record_id)
    ref =
      (await store.drafts.list()).find((one) => !("problem" in one) && one.draft.record_id === record_id)?.ref ??
      (await againInHand(app, record_id));
  if (ref) {
    const draft = await store.drafts.open(ref);
    return {
      ref,
      draft,
      bundle: await bundleOf(app, draft.case_id).catch(() => bare(draft)),
      plan: await planFor(app, draft),
      read: false,
    };
  }
  const bundle = await bundleOf(app, /** @type {string} */ (case_id)).catch((thrown) => {
    if (!form || !LEADS.has(form)) throw thrown;
    return bare({ case_id, district: app.vaults.person?.district }); // its file is opened by what is written now
  });
  const known = (bundle.records ?? []).find((/** @type {any} */ one) => one.record_id === record_id);
  const item = app.outbox
    .items()
    .filter(
      (/** @type {any} */ one) => one.record_id === record_id && one.kind === "revision" && one.state !== "attention",
    )
    .at(-1);
  const told = known ?? (item && { ...item, mine: true, state: "draft" });
  if (told) return { ref: store.drafts.newRef(), ...(await ofKnown(app, bundle, told, item)) };
  const plan = await newestPlan(app, /** @type {string} */ (form));
  if (!plan) throw new Problem("plan_missing");
  const draft = {
    record_id,
    case_id,
    visit_id,
    district: bundle.district,
    form,
    form_version: plan.version,
    parents: [],
    answers: null,
    ...(about && { about }), // whose sheet it is: a visit may hold one for each child
  };
  return { ref: store.drafts.newRef(), draft, bundle, plan, read: false };
}

/** What the server did not take, opened from its place in the case: typed once is enough. @param {App} app @param {string} record_id @returns {Promise<string | undefined>} the ref of the draft */
async function againInHand(app, record_id) {
  const own = ownOf(app.outbox.items(), record_id);
  const item = own.filter(({ kind }) => kind === "revision").at(-1);
  if (!item || !opensAgain(item)) return undefined;
  const { reopen, toldOf } = await import("./more/wire-reopen.js");
  const known = await toldOf(app, item);
  const mine = known?.mine !== false && IN_HAND.has(stateNow(known ?? { state: "draft" }, own));
  return mine ? reopen(app, item) : undefined;
}

/** May this item become a draft again? Not where the server would never take it. @param {any} item */
export const opensAgain = ({ kind, state, reason, status, problem }) =>
  kind === "revision" && state === "attention" && !problem && !CLOSED.has(reason) && !ONLY_HERE.has(status);

/**
 * A record that was handed in before: its answers are those of its newest revision, from the copy kept here or from the server.
 * @param {App} app @param {any} bundle @param {any} known @param {any} item its newest revision in the queue
 */
async function ofKnown(app, bundle, known, item) {
  const own = item ? await app.outbox.body(item.ref).catch(() => null) : null;
  const { record_id, visit_id, form, form_version = 1 } = known;
  const items = ownOf(app.outbox.items(), record_id);
  const told = known.head && (!item || known.head === item.revision_id || !own || isOvertaken(known, items));
  const from = (told && known.answers && known) || own?.body || known;
  const head = told ? known.head : (item?.revision_id ?? known.head);
  const state = stateNow(known, items);
  const ids = { record_id, case_id: bundle.case_id, visit_id, district: bundle.district, form, form_version };
  const recorded = own?.body?.recorded ?? null;
  const { answers = null, papers } = from;
  const draft = { ...ids, parents: head ? [head] : [], answers, papers, recorded, door: state === "door_submitted" };
  return { draft, bundle, plan: await planFor(app, draft), read: known.mine === false || !IN_HAND.has(state) };
}

/** @param {App} app @param {{form: string, form_version: number}} draft */
async function planFor(app, { form, form_version }) {
  const plan = await planOf(app, form, form_version);
  if (!plan) throw new Problem("plan_missing");
  return plan;
}

/** The case has left this person's list; the draft can still be finished. @param {any} draft */
const bare = ({ case_id, district }) => ({
  case_id,
  district,
  code_name: "",
  people: [],
  facts: {},
  visits: [],
  records: [],
});

/** The writer first. @param {App} app @param {any} bundle @param {string} visit_id @returns {any[]} */
function visitorsOf(app, bundle, visit_id) {
  const me = app.vaults.person;
  const visit = (bundle.visits ?? []).find((/** @type {any} */ one) => one.visit_id === visit_id);
  const others = (visit?.visitors ?? []).filter((/** @type {any} */ one) => one.person_id !== me?.person_id);
  const { person_id, name = "", organisation = "", organisation_kind } = me ?? {};
  return [{ person_id, name, organisation, organisation_kind }, ...others];
}

/** @param {App} app @param {any} bundle @param {any} draft @param {any} plan @param {boolean} conflict */
async function prefill(app, bundle, draft, plan, conflict) {
  const drafts = (await storeOf(app).drafts.list()).flatMap((one) => ("problem" in one ? [] : [one.draft]));
  const records = [...drafts, ...app.outbox.items(), ...(bundle.records ?? [])].filter(
    (/** @type {any} */ one) => one.case_id === undefined || one.case_id === draft.case_id,
  );
  const written = draft.form === "F6" ? await writtenIn(app, bundle, draft.visit_id) : [];
  const visitors = visitorsOf(app, bundle, draft.visit_id);
  return prefillOf({ bundle, draft, plan, records, written, visitors, conflict, today: today(app) });
}

/** @param {App} app @param {string | null} reason */
function reasonText(app, reason) {
  if (!reason) return "";
  const told = app.vaults.person?.reasons?.[reason];
  return told?.[language()] ?? t(`returned_${reason}`);
}
