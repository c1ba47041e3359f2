"""Elements and attributes of XForms: taken, without effect, or refused and why. The sheets' side is tables.py."""

from fieldapp.forms.compiler import tables
from fieldapp.forms.compiler.tables import REFUSED, SAME, SHOWN, YES, Support

# XForms: attributes. What stands in none of these is refused by its name.
BIND_ATTRIBUTES: dict[str, Support] = {
    **dict.fromkeys(
        (
            "id", "nodeset", "type", "relevant", "constraint", "required", "readonly", "calculate",
            "jr:constraintMsg", "jr:requiredMsg", "jr:preload", "jr:preloadParams",
        ),
        YES,
    ),
    "orx:max-pixels": tables.PARAMETERS["max-pixels"],
    "odk:quality": tables.PARAMETERS["quality"],
    "odk:length": Support(SAME, "不使用", "not used"),
    "saveIncomplete": Support(SAME, "每次输入都保存", "everything is saved at once"),
    "jr:noAppErrorString": tables.APPS,
    "entities:saveto": tables.ENTITY,
}  # fmt: skip
CONTROL_ATTRIBUTES: dict[str, Support] = {
    **dict.fromkeys(("ref", "bind", "nodeset", "appearance", "mediatype", "start", "end", "step", "jr:count"), YES),
    "jr:noAddRemove": Support(SHOWN, "只与 jr:count 同用", "together with jr:count"),
    "accuracyThreshold": tables.PARAMETERS["capture-accuracy"],
    "unacceptableAccuracyThreshold": tables.PARAMETERS["warning-accuracy"],
    "odk:allow-mock-accuracy": tables.PARAMETERS["allow-mock-accuracy"],
    "incremental": tables.PARAMETERS["incremental"],
    "odk:tick-interval": tables.PARAMETERS["tick_interval"],
    "odk:placeholder": tables.PARAMETERS["placeholder"],
    "autoplay": tables.SURVEY_COLUMNS["autoplay"],
    "rows": tables.PARAMETERS["rows"],
    "accept": Support(SAME, "任何文件都可选", "any file can be chosen"),
    "class": tables.ONE_WAY,
    "id": YES,
    "query": tables.TYPES["select_one_external"],
    "intent": tables.APPS,
}
PARAMETER_OF = {  # attributes that pyxform writes for a parameter are named as the author wrote it
    "orx:max-pixels": "max-pixels",
    "odk:quality": "quality",
    "accuracyThreshold": "capture-accuracy",
    "unacceptableAccuracyThreshold": "warning-accuracy",
    "odk:allow-mock-accuracy": "allow-mock-accuracy",
    "odk:tick-interval": "tick_interval",
    "odk:placeholder": "placeholder",
}
ELEMENTS: dict[str, Support] = {
    **dict.fromkeys(
        (
            "input", "select1", "select", "upload", "trigger", "range", "odk:rank", "group", "repeat", "label", "hint",
            "itemset", "item", "value", "output", "setvalue", "h:body",
        ),
        YES,
    ),
    "odk:setgeopoint": tables.TRACE,
    "odk:recordaudio": tables.TRACE,
    "submission": tables.SETTINGS["submission_url"],
    "secret": Support(REFUSED, "不收集密码", "no passwords are asked for"),
}  # fmt: skip
PRELOADS = {
    ("timestamp", "start"): ("start", "dateTime"),
    ("timestamp", "end"): ("end", "dateTime"),
    ("date", "today"): ("today", "date"),
    ("property", "username"): ("username", "text"),
    ("property", "deviceid"): ("deviceid", "text"),
    ("property", "uri:username"): ("username", "text"),
    ("property", "uri:deviceid"): ("deviceid", "text"),
}
