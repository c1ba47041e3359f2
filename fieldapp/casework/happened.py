"""What can happen in a case, as codes: the events of a file. Time limits (limits.py) begin and end with these kinds.

A code is never used again for anything else, and its words stand in fieldapp/web/case_words.py.
"""

from enum import StrEnum


class Happened(StrEnum):
    """One kind of event. What a limit names stands here under the very name that the limit gives it."""

    # The way of the case
    LEAD_RECEIVED = "lead_received"
    REVERSE_NOTICE = "reverse_notice"  # the procuratorate tells of a case it has begun or decided itself
    TRIAGED = "triaged"
    REFERRED = "referred"
    ANSWERED = "answered"
    DUPLICATE = "duplicate"
    INVALID = "invalid"
    ASSIGNED = "assigned"
    VISITED = "visited"
    COULD_NOT_VISIT = "could_not_visit"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    VERIFIED = "verified"
    APPROVED = "approved"
    VISIT_AGAIN = "visit_again"  # the visit could not be made; back among the assigned, and its time begins anew
    LETTER_SENT = "letter_sent"
    SOCIAL_ONLY = "social_only"
    NO_ACTION = "no_action"
    ACKED = "acked"
    SUPPLEMENT_ASKED = "supplement_asked"
    SUPPLIED = "supplied"
    DECIDED = "decided"
    FEEDBACK_GIVEN = "feedback_given"
    PLAN_BEGUN = "plan_begun"
    CONSULTATION_HELD = "consultation_held"
    HELP_BEGUN = "help_begun"
    FOLLOWED_UP = "followed_up"
    FOLLOW_UP_TRIED = "follow_up_tried"  # nobody saw her; `ref` is the visit
    RELIEF_RIGHT_TOLD = "relief_right_told"  # she was told that she may ask for judicial relief, and how
    CLOSED = "closed"
    REOPENED = "reopened"
    # Beside it
    DANGER_TOLD = "danger_told"
    PROTECT_BEGUN = "protect_begun"
    PROTECT_ENDED = "protect_ended"
    REPORT_DUE = "report_due"
    REPORTED = "reported"
    REPORT_NOT_NEEDED = "report_not_needed"
    GREEN_GIVEN = "green_given"  # on the green channel; `ref` is who sees to it
    GREEN_ENDED = "green_ended"
    WOMEN_ASKED = "women_asked"  # this family is to be worked with by women, said by a person with a reason
    WOMEN_NOT_ASKED = "women_not_asked"  # that was taken back
    TEAM_CHANGED = "team_changed"  # says of nobody that she came or went: the team stands on the page of the file
    WORKER_ALLOWED = "worker_allowed"  # `ref` names somebody who works with it all the same, by a supervisor's reason
    SCREENED = "screened"
    KEY_CARE_LISTED = "key_care_listed"
    KEY_CARE_REVIEWED = "key_care_reviewed"
    KEY_CARE_ENDED = "key_care_ended"
    # Help
    MEASURE_MOVED = "measure_moved"
    EXPERT_NAMED = "expert_named"  # for a measure or a meeting; `ref` is its report
    HELP_ARRIVED = "help_arrived"  # of one measure; everybody who carried the case is told so, and no more
    DISPATCHED = "dispatched"
    DISPATCH_ACCEPTED = "dispatch_accepted"
    DISPATCH_REFUSED = "dispatch_refused"
    DISPATCH_WITHDRAWN = "dispatch_withdrawn"
    DISPATCH_DONE = "dispatch_done"
    FUNDS_ARRIVED = "funds_arrived"
    RELIEF_TOLD = "relief_told"
    RELIEF_PAID = "relief_paid"
    FUND_NOTED = "fund_noted"  # a line of the money kept for somebody; `ref` is the line
    LEGAL_AID_APPLIED = "legal_aid_applied"
    LEGAL_AID_GRANTED = "legal_aid_granted"
    LEGAL_AID_REFUSED = "legal_aid_refused"
    LEGAL_AID_ASSIGNED = "legal_aid_assigned"
    DEFACTO_APPLIED = "defacto_applied"
    DEFACTO_FIRST_DONE = "defacto_first_done"
    DEFACTO_SECOND_DONE = "defacto_second_done"
    DEFACTO_GRANTED = "defacto_granted"
    DEFACTO_REFUSED = "defacto_refused"
    ORDER_APPLIED = "order_applied"
    URGENT_ORDER_APPLIED = "urgent_order_applied"
    ORDER_MADE = "order_made"
    ORDER_REFUSED = "order_refused"
    # Papers
    LETTER_MADE = "letter_made"  # of every paper; `ref` is the paper, here and in the next four
    LETTER_SIGNED = "letter_signed"
    PAPER_SENT = "paper_sent"  # one that transfers nothing: that one is LETTER_SENT
    LETTER_RECEIVED = "letter_received"  # where it moves the case, ACKED says it
    SCAN_ADDED = "scan_added"
    EXTRACT_MADE = "extract_made"
    VISIT_ENTRUSTED = "visit_entrusted"  # sealed, to another county; `ref` is the request
    ENTRUSTED_ANSWERED = "entrusted_answered"
    RIGHTS_ASKED = "rights_asked"  # about her own data; `ref` is the request
    RIGHTS_DECIDED = "rights_decided"
    PETITION_RECEIVED = "petition_received"
    PETITION_ANSWERED = "petition_answered"


# Each is about one letter, where its `ref` names one: what is only a report's has no letter, and is about the case.
OF_A_LETTER = frozenset({Happened.LETTER_SENT, Happened.LETTER_RECEIVED, Happened.ACKED})
# Of these a case can have several at once, each with clocks of its own: `ref` of the event says which one it is about.
# All others are about the case as a whole.
EACH_ITS_OWN = frozenset(
    kind
    for kind in Happened
    if kind.startswith(
        ("dispatch", "legal_aid_", "defacto_", "order_", "urgent_order_", "relief_", "funds_", "petition_")
    )
)
