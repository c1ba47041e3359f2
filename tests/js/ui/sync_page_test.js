// The page about sending: every report and photo in words, what waits for what, and nothing that somebody holds is taken from her hand.

import { doorOf, EVENTS_MAX, SupportLog } from "../../../static/js/more/support-log.js";
import { loadLanguage, setLanguage } from "../../../static/js/ui/i18n.js";
import { fileText, sizeText } from "../../../static/js/ui/more/progress.js";
import { openSyncStatus } from "../../../static/js/ui/more/sync-status.js";
import { assert, equal } from "../core/county.js";

const STATUS = {
  ...{ sending: false, last_contact: 1, last_error: null, next_try: null, unsent_oldest: null, unsaved_copies: 0 },
  ...{ counts: { draft: 0, waiting: 1, received: 0, safe: 0, attention: 0 }, safe_kind: "verified" },
};
const PHOTO = {
  ...{ kind: "photo", bytes: 310_000, sent: 0, state: /** @type {const} */ ("waiting") },
  ...{ reason: null, after_report: false },
};

/** @param {any} [more] @returns {any} */
const item = (more) => ({
  ...{ ref: "a", title: "入户调查", code_name: "山茶", at: 1, state: "waiting", reason: null, waits: null },
  ...{ files: [], readable: true, only_here: false, opens_again: false },
  ...more,
});

/** @param {any} more @returns {any} */
const options = (more) => ({
  ...{
    status: STATUS,
    items: [],
    drafts: [],
    log: "",
    sentence: (/** @type {string} */ code) => ({ title: code, whatToDo: "" }),
  },
  ...{
    onSend: async () => {},
    onRecheck: async () => {},
    onDismiss: () => {},
    onReopen: () => {},
    onRetry: () => {},
    onCopy: async () => {},
  },
  ...{ onSave: async () => ({ said: "已存", rest: [] }), ...more },
});

/** @param {any} more */
function page(more) {
  const root = document.createElement("div");
  document.body.replaceChildren(root);
  return { root, ...openSyncStatus(root, options(more)) };
}

/** @param {HTMLElement} root @param {string} sought */
const text = (root, sought) => /** @type {HTMLElement} */ (root.querySelector(sought)).textContent ?? "";

export function test_a_photo_says_bytes_and_pieces_and_what_it_waits_for() {
  equal([sizeText(310_000), sizeText(1_240_000), sizeText(20)], ["310 KB", "1.2 MB", "1 KB"]);
  equal(
    fileText({ ...PHOTO, state: "sending", sent: 65_536 }, "已备份"),
    "正在发：66 KB，共 310 KB（第 3 段，共 10 段）",
  );
  equal(
    fileText({ ...PHOTO, state: "sending", sent: 310_000 }, "已备份"),
    "正在发：310 KB，共 310 KB（第 10 段，共 10 段）",
  );
  equal(fileText({ ...PHOTO, after_report: true }, "已备份"), "等报告先发出");
  equal(fileText({ ...PHOTO, sent: 120_000 }, "已备份"), "已发 120 KB，共 310 KB；有信号会接着发");
  equal(fileText(PHOTO, "已备份"), "等待发送，共 310 KB");
  equal(
    [fileText({ ...PHOTO, state: "received" }, "x"), fileText({ ...PHOTO, state: "safe" }, "已备份")],
    ["已收到", "已备份"],
  );
}

export function test_what_waits_for_what_and_why_something_stays_stand_beside_it() {
  const reason = { title: "文件打不开", whatToDo: "请重拍" };
  const { root } = page({
    items: [
      item({ waits: "要先收到前面的那份", files: [{ ...PHOTO, after_report: true }] }),
      item({ ref: "b", state: "received", files: [{ ...PHOTO, state: "attention", reason }] }),
    ],
    drafts: [{ ...PHOTO, kind: "audio", sent: 10_000 }],
  });
  assert(
    text(root, "#items-waiting").includes("要先收到前面的那份") &&
      text(root, "#items-waiting").includes("等报告先发出"),
  );
  assert(text(root, "#items-received").includes("照片") && text(root, "#items-received").includes("请重拍"));
  assert(text(root, "#items-files").includes("录音"));
  // What is still to go, of all of them: the one that cannot go is not counted
  assert(text(root, ".panel").includes("610 KB"), text(root, ".panel"));
}

export async function test_news_take_neither_focus_nor_the_open_log_from_who_reads() {
  const { root, update } = page({ items: [item()], log: "one" });
  const log = /** @type {HTMLDetailsElement} */ (root.querySelector("#support-log"));
  log.open = true;
  const send = /** @type {HTMLElement} */ (root.querySelector("#send-now"));
  send.focus();
  const listed = root.querySelector("#items-waiting");
  update(options({ items: [item()], log: "two", status: { ...STATUS, last_contact: 2 } }));
  equal([document.activeElement === send, root.querySelector("#support-log") === log, log.open], [true, true, true]);
  equal([root.querySelector("#items-waiting") === listed, log.querySelector("pre")?.textContent], [true, "two"]);
  update(options({ items: [item({ state: "received" })] }));
  equal([root.querySelector("#items-waiting"), document.activeElement === send], [null, true]);
}

export async function test_who_presses_while_a_request_is_on_its_way_is_heard() {
  const presses = /** @type {string[]} */ ([]);
  const { root } = page({ status: { ...STATUS, sending: true }, onSend: async () => presses.push("heard") });
  const send = /** @type {HTMLButtonElement} */ (root.querySelector("#send-now"));
  send.click();
  equal([presses, send.getAttribute("aria-busy")], [["heard"], "true"]);
}

export async function test_the_file_for_the_office_is_offered_where_something_waits_and_never_in_a_practice() {
  const office = (/** @type {HTMLElement} */ root) => /** @type {HTMLElement} */ (root.querySelector("#parcel")).hidden;
  const idle = { ...STATUS, counts: { ...STATUS.counts, waiting: 0 } };
  const drafts = { ...idle, counts: { ...idle.counts, draft: 1 } };
  equal(office(page({}).root), false);
  equal(office(page({ status: idle }).root), true);
  equal(office(page({ status: drafts }).root), false);
  equal(office(page({ status: idle, drafts: [PHOTO] }).root), false);
  equal(office(page({ onSave: null }).root), true);
  const { root } = page({});
  /** @type {HTMLButtonElement} */ (root.querySelector("#save-parcel")).click();
  await Promise.resolve().then(() => {});
  equal(text(root, "#parcel-said"), "已存");
}

export async function test_each_further_file_for_the_office_has_a_tap_of_its_own_and_two_taps_save_nothing_twice() {
  const saved = /** @type {string[]} */ ([]);
  let asked = 0;
  const onSave = async () => {
    asked += 1;
    return { said: "一共 3 个", rest: [() => saved.push("b"), () => saved.push("c")] };
  };
  const { root } = page({ onSave });
  const save = /** @type {HTMLButtonElement} */ (root.querySelector("#save-parcel"));
  save.click();
  save.click();
  await Promise.resolve().then(() => {});
  equal([asked, saved], [1, []]);
  const others = [.../** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("#parcel-rest button"))];
  equal(
    others.map(({ textContent }) => textContent),
    ["存第 2 个（共 3 个）", "存第 3 个（共 3 个）"],
  );
  for (const one of [others[1], others[1], others[0]]) one.click();
  equal(
    [saved, others.map(({ textContent }) => textContent)],
    [
      ["c", "b"],
      ["第 2 个已存（共 3 个）", "第 3 个已存（共 3 个）"],
    ],
  );
}

export async function test_the_page_says_all_of_it_in_english_too() {
  await loadLanguage("en");
  setLanguage("en");
  const reason = { title: "It cannot be opened", whatToDo: "Take it again" };
  const photo = (/** @type {any} */ more) => ({ ...PHOTO, ...more });
  const files = [
    ...[photo({}), photo({ sent: 99 }), photo({ after_report: true }), photo({ state: "sending", kind: "paper" })],
    ...[photo({ state: "received", kind: "audio" }), photo({ state: "safe" })],
    photo({ state: "attention", kind: "file", reason }),
  ];
  const more = { title: "Visit", code_name: "B-1", files, waits: "Waits" };
  const items = ["waiting", "received", "safe", "attention"].flatMap((state) => [
    item({ ...more, state, reason, apart: true, opens_again: true }),
    item({ ...more, state, reason, only_here: true }),
  ]);
  const status = { ...STATUS, next_try: 2, unsent_oldest: 1, unsaved_copies: 2, last_error: "no_network" };
  const directives = [{ kind: "unsafe" }];
  const rest = [() => {}];
  const { root } = page({
    items,
    drafts: files,
    status: { ...status, directives },
    onSave: async () => ({ said: "", rest }),
  });
  /** @type {HTMLButtonElement} */ (root.querySelector("#save-parcel")).click();
  await Promise.resolve().then(() => {});
  /** @type {HTMLButtonElement} */ (root.querySelector("#parcel-rest button")).click();
  const chinese = (/** @type {any} */ status) => {
    const told = page({ items, drafts: files, status }).root;
    const words = [root, told].flatMap((one) => [
      one.textContent,
      ...[...one.querySelectorAll("[aria-label]")].map((each) => each.getAttribute("aria-label")),
    ]);
    return words.join(" ").match(/[\u3000-\u9fff\uff00-\uffef].{0,12}/g);
  };
  equal(chinese({ ...status, sending: true, safe_kind: "demo", last_contact: null }), null);
  setLanguage("zh");
}

export function test_what_the_office_has_is_asked_for_by_one_tap_beside_the_log() {
  let asked = 0;
  const onRecheck = async () => {
    asked += 1;
  };
  const { root } = page({ onRecheck });
  /** @type {HTMLButtonElement} */ (root.querySelector("#support-log #recheck")).click();
  equal(asked, 1);
}

export function test_the_log_holds_the_last_events_and_no_id() {
  equal(doorOf("PATCH", "/sync/v1/blobs/0190a000-0000-7000-8000-000000000001?x=1"), "PATCH blobs");
  equal([doorOf("GET", "/emergency"), doorOf("POST", "/sync/v1/somebody")], ["GET other", "POST other"]);
  const log = new SupportLog();
  for (let n = 0; n < EVENTS_MAX + 5; n += 1)
    log.note({ at: n * 1_000, what: "POST exchange", code: "200", up: n, ms: 3 });
  equal([log.events.length, log.events[0].up], [EVENTS_MAX, 5]);
  log.takeUp([{ at: 0, what: "old" }]);
  equal([log.events.length, log.events[0].what], [EVENTS_MAX, "POST exchange"]);
  const [first, second] = log.text({ version: "v1", counts: { waiting: 2 } }).split("\n");
  equal([first, second], ["app v1 · waiting 2", "1970-01-01 00:03:24  POST exchange  200  up 204  3 ms"]);
}
