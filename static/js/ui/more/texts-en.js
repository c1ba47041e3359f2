// The same in English; loaded with all English.

/** @type {Record<string, string>} */
export const en = {
  digits_differ: "That is not the number shown",
  digits_differ_do: "Try again, or go back and look once more.",
  digits_learn:
    "Write it on paper, learn it, then put the paper away; take no photo. Without it nothing on this phone can be opened.",
  digits_look: "Look at the number again",
  digits_other: "Another number",
  digits_practise: "I know it: practise twice",
  digits_title: "Your number",
  enrol_way: "How will you open the app?",
  enrol_way_hint: "It works without a network. If it is forgotten, ask your supervisor for a new device code.",
  forgot: "I forgot my secret",
  forgot_1: "Only you know it. Nobody can look it up or set it anew.",
  forgot_2: "Ask your supervisor for a new device code and set this phone up again.",
  forgot_3: "What was sent is at the server; copies of your drafts come back to the phone.",
  forgot_4:
    "{n} items on this phone are not sent yet. They go by themselves when there is a signal, without your secret. Wait for that before you set it up again.",
  forgot_5: "Drafts written since the last contact, of which there is no copy, cannot be brought back.",
  forgot_title: "If you forgot your secret",
  lease_clock: "The date of this phone is wrong",
  lease_clock_do: "Set the phone's clock to automatic, then connect once. All that is on the phone is still there.",
  lease_connect: "Connect once to go on",
  lease_connect_do:
    "This phone was offline for too long. One contact and you can go on. All that is on the phone is still there; nothing was deleted.",
  lease_days: "{n} more days without a network",
  lease_days_do: "Connect once before then, or you will have to before you can open it. Nothing gets lost.",
  lease_now: "Connect now",
  lease_still: "Connected, but you cannot go on yet",
  lease_still_do:
    "The office has not extended the time of this phone. Call your supervisor; urgent help and sending work as ever.",
  passphrase_again: "The passphrase once more",
  passphrase_differ: "The two passphrases differ",
  passphrase_differ_do: "Tap “show” to see what you type.",
  passphrase_hint: "At least {n} characters, for example four unrelated words.",
  passphrase_learn:
    "Think of a phrase that only you know, and learn it. On the next page you type it twice from memory.",
  passphrase_look: "Look at it again",
  passphrase_new: "New passphrase",
  practise_n: "Round {n} of 2",
  prf_open: "Open by finger or screen lock",
  stopped_try: "Try to connect again",
  unlock_by_pin: "Open by PIN (needs a signal)",
  unlock_by_secret: "Open by your secret",
  way_digits: "{n} digits (recommended)",
  way_digits_hint: "Chosen by the phone, typed on large keys, practised twice.",
  way_passphrase: "A passphrase of your own",
  way_passphrase_hint: "At least {n} characters, on the phone's keyboard.",
  way_pin: "PIN (needs a signal)",
  way_pin_hint:
    "Where the server can be reached a PIN of {n} digits opens it; after ten wrong ones it is switched off. Without a signal use your secret.",
  way_prf: "Finger or screen lock",
  way_prf_hint: "Opens by this phone's finger, face or screen lock, also without a signal.",
  way_secret: "Secret",
  way_secret_hint: "Opens at any time. All other ways need it first.",
  ways_add: "Switch on",
  ways_busy: "One moment, please do not close …",
  ways_change: "Change the secret",
  ways_change_hint:
    "The old one stops at once; PIN and finger have to be switched on again. Drafts and what waits to be sent stay.",
  ways_changed: "Changed",
  ways_changed_do: "Open with the secret of now. All that is on the phone is still there.",
  ways_hint: "What opens this phone now",
  ways_pin_again: "The same PIN once more",
  ways_pin_new: "Choose a PIN of {n} digits; it may be the one you use when the screen is covered. No birthday.",
  ways_remove: "Switch off",
  ways_remove_hint:
    "Switched on. When you switch it off, the phone locks; open it with your secret. The other ways are switched off too: switch on again those you still want.",
  wiped: "What was on this phone was deleted as ordered",
  wiped_do:
    "What had not been sent was handed to the server before. To go on, ask your administrator for a new device code.",
};
