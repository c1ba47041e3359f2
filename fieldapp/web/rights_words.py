"""Words for what people ask about their own data. Each goes through gettext."""

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

KINDS: dict[str, LazyString] = {
    "copy": _("A copy of what is held about her"),
    "correction": _("A correction"),
    "withdrawal": _("Consent withdrawn"),
    "erasure": _("Erasure of the file"),
    "forget_reporter": _("Who told us asks to be forgotten"),
    "feedback": _("What a family says of the help"),
}
STATES: dict[str, LazyString] = {
    "open": _("To be decided"),
    "granted": _("Granted, to be done"),
    "restricted": _("Kept for the law alone"),
    "refused": _("Refused"),
    "taken_back": _("Taken back by who asked"),
    "done": _("Done"),
}
ASKED_AS: dict[str, LazyString] = {
    "herself": _("the person herself"),
    "guardian": _("guardian of a child or of somebody who cannot act"),
    "agent": _("agent with a written authority"),
    "heir": _("close relative of somebody who died"),
}
IDENTITIES: dict[str, LazyString] = {
    "paper": _("identity paper seen, not copied"),
    "known": _("known to the worker, face to face"),
    "called_back": _("called back on the number that is in the file"),
    "authority": _("written authority and the agent's paper seen"),
}
WAYS: dict[str, LazyString] = {
    "in_person": _("face to face, at a place she names"),
    "safe_call": _("by telephone, at the safe time and number"),
    "through_worker": _("through her caseworker, at the next visit"),
    "neutral_letter": _("a letter without sender or name of the office"),
    "not_at_all": _("not to be reached: she comes by herself"),
}
STOPS: dict[str, LazyString] = {
    "photo": _("photos of her and her home"),
    "audio": _("sound recordings"),
    "share": _("passing on to other departments and places"),
    "visits": _("planned visits"),
}
REFUSALS: dict[str, LazyString] = {
    "not_shown_who": _("It was not shown who asks"),
    "not_entitled": _("Who asks may not act for her"),
    "did_the_harm": _("Who asks is said to have done the harm"),
    "nothing_held": _("Nothing is held about her here"),
    "harms_another": _("It would harm somebody else"),
    "asked_before": _("The same was asked and answered shortly before"),
    "other": _("Another reason (say which)"),
}
KEPT_FOR: dict[str, LazyString] = {
    "mandatory_report": _("A mandatory report is not closed"),
    "protection_order": _("A protection order or warning letter is in force"),
    "criminal_case": _("Evidence in a case that is not ended"),
    "relief_file": _("Relief was paid: its file has to be kept"),
    "complaint": _("A complaint or petition is not closed"),
    "other_law": _("Another law orders it (say which)"),
}
VIEWS: dict[str, LazyString] = {
    "5": _("very good"),
    "4": _("good"),
    "3": _("so-so"),
    "2": _("bad"),
    "1": _("very bad"),
    "refused": _("does not want to say"),
}
# What is said to her: neutral, so that whoever finds the paper learns nothing of her life.
OUTCOMES: dict[str, LazyString] = {
    "granted": _("What you asked for was granted."),
    "restricted": _("The law orders the papers to be kept for now. They are locked: nobody uses them any more."),
    "refused": _("What you asked for could not be granted."),
    "taken_back": _("You took back what you had asked for. Nothing was changed."),
    "done": _("What you asked for has been done."),
}
