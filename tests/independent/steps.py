"""What the tests of the second client say to it, and ask of it."""


def revision(client, about, answers, parents=(), intent="submit", **body):
    recorded = {"started": client.now_ms(), "now": client.now_ms(), "language": "zh", "zone": "Asia/Shanghai"}
    told = {"answers": answers, "replies": [], "recorded": recorded, "visitors": [], **body}
    named = {"revision_id": str(client.new_id()), "parents": list(parents), "intent": intent}
    return client.hand_in("revision", told, **about, **named)


def status(client, item):
    result = client.results[item.op]
    return result["status"], result["reason"], result["record_state"]


def case_record(client, about):
    records = client.held[f"case:{about['case_id']}"]["records"]
    return next(record for record in records if record["record_id"] == about["record_id"])
