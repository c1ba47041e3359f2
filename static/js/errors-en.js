// The sentences of errors.js in English: the same codes, in the same order (a test compares them).

/** code -> [title, what to do]. @type {Record<string, [string, string]>} */
export const en = {
  // This phone and its vault
  no_webcrypto: [
    "This browser cannot encrypt",
    "Open the app in the system browser or a newer Chrome, at an address that starts with https.",
  ],
  no_worker: ["This browser cannot start the vault", "Update the browser, or open the app in the system browser."],
  storage_unavailable: ["Nothing can be saved on this phone", "Leave private browsing and open the app again."],
  storage_full: [
    "The phone is full; your last entry is not saved yet",
    "Keep this page open. Delete photos or apps you do not need, then tap retry.",
  ],
  storage_newer: [
    "What is on this phone was saved by a newer version of the app",
    "It is all there and was not touched. Connect, tap “Update now” and open the app again.",
  ],
  storage_lost: ["The link to this phone's storage broke", "Open the app again. What was saved is still there."],
  value_damaged: [
    "This one item is damaged and cannot be opened",
    "Everything else is unharmed. It is fetched again when there is a link; if it is a draft, tell your supervisor.",
  ],
  package_damaged: ["This package is damaged", "Submit again when there is a link, and tell your supervisor."],
  plan_missing: [
    "This form cannot be begun now",
    "Connect once and try again. If that does not help it may be withdrawn: ask your supervisor. Drafts you began can be finished.",
  ],
  plan_too_new: [
    "This form needs a newer app",
    "Connect, update the app under Settings, then open it again. Everything you wrote is still here.",
  ],
  plan_refused: [
    "This form cannot be opened",
    "Connect once and try again. If that does not help, tell the administrator. Everything you wrote is still here.",
  ],
  not_found: ["This item is not here", "It may have been handed in or removed. Look in the list."],
  vault_locked: ["The app is locked", "Unlock it first."],
  wrong_secret: [
    "That is not the right passphrase",
    "Check it and try again. If it is forgotten, ask your supervisor for a new device code.",
  ],
  wrong_pin: ["That is not the right PIN", "Try again. After five wrong tries the passphrase is needed."],
  pin_locked: ["Five wrong PINs: the app is locked", "Unlock with your passphrase. What was saved is still there."],
  worker_failed: ["The vault does not answer", "Open the app again. What was saved is still there."],
  record_too_large: [
    "This record is too large to hand in",
    "Shorten very long texts, or move part of it to another record.",
  ],
  id_form: ["An id has the wrong form", "Open the item again; if it happens again, tell your supervisor."],
  // Choosing secrets, entering codes
  code_form: ["That is not a device code", "It has 24 characters. Compare with the one you were given, or scan it."],
  secret_short: ["The passphrase is too short", "Use at least 12 characters; four unrelated words are good."],
  secret_simple: [
    "The passphrase is too easy to guess",
    "Do not repeat the same few characters, and do not use digits only.",
  ],
  secret_digits: ["The number has the wrong length", "Enter all the digits that were shown."],
  secret_common: [
    "This passphrase is too common",
    "Lines of poems, good wishes, birthdays, telephone numbers and rows of keys are guessed first. Take a few words that have nothing to do with each other.",
  ],
  secret_same: ["The new secret is the old one", "Choose one that was not used before."],
  way_forbidden: ["The office does not allow this way to open", "Use your secret. Ask your administrator if in doubt."],
  share_locked: [
    "The PIN was wrong ten times and is switched off",
    "Open with your secret, then set a PIN again in the settings.",
  ],
  share_gone: [
    "This PIN opens nothing any more",
    "Open with your secret; then you can set a PIN again in the settings.",
  ],
  prf_missing: ["This phone cannot open by finger or screen lock", "Go on with your secret."],
  prf_synced: [
    "This phone copies passkeys to a cloud",
    "That is not safe enough to open with. Go on with your secret.",
  ],
  prf_failed: ["That did not work", "Try again, or use your secret."],
  pin_form: ["The PIN has the wrong length", "Enter as many digits as the screen asks for."],
  pin_simple: ["This PIN is too easy to guess", "Do not use one digit, a run, or a repeated group."],
  other_address: [
    "This device code belongs to another address",
    "Open the address in the QR code, then scan it again.",
  ],
  server_fingerprint: [
    "The server is not the one your device code names",
    "Do not go on. Try another network, and tell your supervisor at once.",
  ],
  server_keys_unsigned: [
    "The server's list of keys is not signed properly",
    "Do not go on; tell the administrator at once.",
  ],
  no_server_key: [
    "There is no server key this app can use",
    "Update the app; if it happens again, tell the administrator.",
  ],
  // The way to the server
  no_network: [
    "The server cannot be reached now",
    "Everything is saved on this phone and is sent when there is a signal.",
  ],
  captive_portal: ["This network wants a sign-in first", "Sign in to the Wi-Fi in the browser, or use mobile data."],
  reply_malformed: [
    "The server's reply could not be read",
    "Everything is still on this phone and is tried again. If it goes on, tell the administrator.",
  ],
  server_error: ["The server had an error", "Everything is still on this phone and is tried again."],
  clock: [
    "The phone's clock is far from the server's",
    "Saving and sending still work. Turn on automatic time in the phone's settings.",
  ],
  suspended: ["This phone is suspended", "What you fill in is still saved and sent. Ask the administrator."],
  revoked: ["This phone was revoked", "Unsent work can still be handed to the server. Ask the administrator."],
  update: ["The app needs an update", "Tap update when there is a link. Nothing is lost."],
  unsafe: [
    "The server has no verified backup yet",
    "This phone keeps copies of what was handed in. Tell the administrator.",
  ],
  demo: ["This is a demonstration without backups", "Do not enter real people."],
  unknown_problem: [
    "Something unexpected happened",
    "Everything is still on this phone. Open the app again; if it happens again, tell your supervisor.",
  ],
  // What the server refuses (docs/protocol.md section 7)
  unknown_vault: [
    "The server does not know this phone",
    "Everything is still here. Ask the administrator; a new device code may be needed.",
  ],
  frame_malformed: [
    "The server could not read what was sent",
    "Everything is still here and is sent again one by one. If it happens again, tell the administrator.",
  ],
  frame_too_large: ["Too much was sent at once", "It is sent again in smaller parts."],
  request_reused: ["The number of this request was used before", "It is sent again under a new one."],
  slow_down: ["Too many requests", "Wait a little; the app tries again by itself."],
  server_busy: ["The server is busy", "Everything is still on this phone and is tried again."],
  enrol_refused: [
    "The account, password or device code is wrong, or the code has expired",
    "Check each one. A code lives 15 minutes; ask your supervisor for a new one.",
  ],
  internal: [
    "The server had an error; what you asked for was not done",
    "Everything is still on this phone and is tried again. If it happens again, tell the administrator.",
  ],
  request_malformed: [
    "The server could not read what was entered",
    "Check it and try again; if it happens again, update the app.",
  ],
  too_large: ["That is too large", "Shorten it and try again."],
  // Why the server kept a package for a person, or wants it otherwise (sync/codes.py). Nothing of it is lost.
  other_bytes: [
    "Other content has the same number",
    "Both are kept. Please choose which one counts; if you do not, a supervisor decides.",
  ],
  not_the_head: [
    "There are two versions of this report",
    "Both are kept. Please choose where they differ; if you do not, a supervisor decides.",
  ],
  pen_at_desk: [
    "This report is being finished at the desk",
    "Both versions are kept. To write on the phone, open it and press Write on here again.",
  ],
  parent_unknown: [
    "The server does not have the version before this yet",
    "Nothing to do: it is taken when that one arrives.",
  ],
  approved: [
    "This report is approved already",
    "Your change is kept beside it. Ask your supervisor if it must be corrected.",
  ],
  handed_in: [
    "This report was handed in and cannot be voided",
    "Withdraw it before the review opens, or ask your supervisor.",
  ],
  in_review: [
    "A supervisor is reviewing this report",
    "Your change is kept. When the report comes back, tap “open again” and hand it in.",
  ],
  not_submitted: ["This report is not waiting for review, so there is nothing to withdraw", "Open it and go on."],
  void: ["This record was voided", "Your content is kept on the server. Tell your supervisor."],
  no_envelope: ["The server lacks the key of this item", "Nothing to do: it is sealed again and sent."],
  unknown_key: [
    "The server has another key now",
    "It is sealed again after you unlock. If it stays here, tell the administrator.",
  ],
  bad_signature: ["The signature does not fit", "The server keeps it for a person. Tell the administrator."],
  damaged: [
    "What arrived at the server was damaged",
    "The server keeps it as it came. Tap “open again”, hand it in once more, and tell your supervisor.",
  ],
  not_the_author: ["Somebody else wrote this record", "It is kept for a person. Let its author change it."],
  not_yours: [
    "This record is not among your work",
    "It is kept for a person. Ask your supervisor who it is assigned to.",
  ],
  package_reused: ["The number of this package was used before", "Both are kept for a person. Tell the administrator."],
  package_too_large: ["This item is too large for the server", "Shorten very long texts and hand it in again."],
  parent_kept: [
    "The version before this is still waiting for a person",
    "It is kept. Tap “open again” and hand it in once more; it then follows what the server has.",
  ],
  remarks_open: [
    "A remark that must be fixed is still unanswered",
    "Open the report, answer each one, and hand it in again.",
  ],
  resync: [
    "Your work has changed and is downloaded again",
    "Stay connected. What you have not handed in is untouched.",
  ],
  shape: [
    "The answers do not fit their form",
    "It is kept for a person. Update the app, try again, and tell your supervisor.",
  ],
  unknown_form: [
    "The server does not know this version of the form",
    "It is kept for a person. Tell the administrator.",
  ],
  unknown_suite: [
    "The server does not know this way of sealing",
    "It is kept. Update the app and tell the administrator.",
  ],
  unsigned: ["This item is not signed", "It is kept for a person. Unlock and hand it in again."],
  leads_too_many: [
    "Too many leads for one day",
    "The server keeps this one. Tell your supervisor, who can take it in.",
  ],
  quarantine_full: [
    "This phone was stopped, and the server has no room for more of its work now",
    "It all stays on this phone. Ask your supervisor to settle what was kept aside.",
  ],
  urgent_too_many: [
    "Too many urgent reports from the lock screen",
    "Call 110 or the duty number. After unlocking you can report again.",
  ],
  // Photos, papers and sounds
  file_too_large: [
    "This photo or file is too large and was not kept",
    "Go closer and take only the part that is needed, or take several. Record a long talk in parts.",
  ],
  server_full: [
    "The server has no room left",
    "The photos are on this phone and go by themselves in a few minutes. Tell the administrator if it stays like this.",
  ],
  digest_wrong: [
    "What arrived is not what was sent",
    "It was sent from the beginning several times. Take it once more. Tell the administrator if it happens again.",
  ],
  file_changed: ["Another file has this number", "The file is still on this phone: take it, or choose it, once more."],
  file_offset: ["The server has another length of it", "Nothing to do: it goes on from what the server has."],
  file_refused: [
    "The bytes arrived, but the file does not open",
    "It is still on this phone: take it once more, and tell the administrator.",
  ],
  file_damaged: [
    "The server cannot open this file",
    "It is still on this phone: take it once more, and tell the administrator.",
  ],
  file_gone: [
    "The file of this family, or of who told us, was erased by law",
    "The server takes this photo no more, and it need not be sent. Ask your supervisor if you have questions.",
  ],
  file_unknown_suite: [
    "The server does not know this way of sealing",
    "The photo is still on this phone. Update the app, then try again.",
  ],
  file_unknown_key: [
    "The server has another key now",
    "The photo is still on this phone. Unlock it once with a link, then it goes on by itself.",
  ],
  file_not_found: [
    "The server does not find this file at the moment",
    "The photo is still on this phone and is sent again by itself.",
  ],
  file_too_many_open: ["Too many files are on their way", "Nothing to do: it goes on when the others have arrived."],
  file_too_much_unnamed: [
    "Too many photos that no report has named yet",
    "Hand in the reports they belong to. The others go on by themselves.",
  ],
  file_too_much_today: [
    "Too many photos and files were sent today",
    "The photo is still on this phone and goes by itself tomorrow.",
  ],
  file_unread: [
    "This file is damaged on this phone",
    "Nothing else is touched. Take it once more, and tell your supervisor.",
  ],
};
