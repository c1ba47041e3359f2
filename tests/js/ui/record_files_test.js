// What a camera is told when the phone is covered, what a picked file waits for, and the words for length and level of a sound.

import { filesOfRecord } from "../../../static/js/more/wire-files.js";
import { levelOf, levelWord, minutes } from "../../../static/js/ui/widgets/more/sound.js";
import { equal } from "../core/county.js";

/** The vault's state as the page hears it. */
function county() {
  const vaults = Object.assign(new EventTarget(), { state: "open" });
  const become = (/** @type {string} */ state) => {
    vaults.state = state;
    vaults.dispatchEvent(new CustomEvent("state", { detail: { state } }));
  };
  const standing = async () => [
    { file: "a", record_id: "r1" },
    { file: "b", record_id: "r2" },
  ];
  const app = /** @type {any} */ ({ vaults, files: async () => ({ standing }) });
  return { app, become };
}

export async function test_a_camera_is_told_of_a_cover_and_of_a_lock_until_it_is_gone() {
  const { app, become } = county();
  const files = await filesOfRecord(app, "r1");
  let told = 0;
  const listensNoLonger = files.away(() => (told += 1));
  become("covered");
  become("open");
  equal(told, 1);
  become("locked");
  equal(told, 2);
  listensNoLonger();
  become("covered");
  equal(told, 2);
}

export async function test_what_was_picked_waits_for_her_pin_and_is_not_taken_after_a_lock() {
  const { app, become } = county();
  const files = await filesOfRecord(app, "r1");
  equal(await files.here(), true);
  // The phone's own camera hides the page, which covers the app
  become("covered");
  /** @type {boolean[]} */
  const said = [];
  const first = files.here().then((here) => said.push(here));
  become("covered");
  equal(said, []);
  become("open");
  await first;
  become("covered");
  const second = files.here().then((here) => said.push(here));
  become("locked");
  await second;
  equal(said, [true, false]);
}

export async function test_a_record_is_told_of_its_own_files_alone() {
  const files = await filesOfRecord(county().app, "r2");
  equal(
    (await files.standing()).map(({ file }) => file),
    ["b"],
  );
}

export async function test_what_names_a_photo_is_saved_at_once() {
  const { app } = county();
  let saved = 0;
  app.nav = { current: () => ({ snapshot: async () => (saved += 1) }) };
  await (await filesOfRecord(app, "r1")).noted();
  equal(saved, 1);
  // Nobody is there any more: she has left the record
  app.nav = { current: () => null };
  await (await filesOfRecord(app, "r1")).noted();
}

export function test_length_and_level_of_a_sound_are_said_in_words() {
  equal([0, 59_999, 60_000, 179_400].map(minutes), ["0:00", "0:59", "1:00", "2:59"]);
  equal([0, 0.009, 0.01, 0.3, 0.6, 0.61, 1].map(levelWord), [
    ...["rec_sound_low", "rec_sound_low", "rec_sound_good", "rec_sound_good"],
    ...["rec_sound_good", "rec_sound_loud", "rec_sound_loud"],
  ]);
  equal(levelOf(new Float32Array([0, -0.5, 0.25])), 0.5);
  equal(levelOf(new Float32Array(0)), 0);
}
