"""What of XLSForm and XForms is taken, makes no difference, or is refused and why. The compiler looks here and nowhere
else, and docs/xlsform-support.md is written from it."""

from typing import NamedTuple

SHOWN, SAME, REFUSED = "shown", "same", "refused"


class Support(NamedTuple):
    """`state`: SHOWN it works, SAME it is taken and makes no difference here, REFUSED it is not taken."""

    state: str
    zh: str = ""
    en: str = ""


YES = Support(SHOWN)
TRACE = Support(REFUSED, "工作中不留行踪或录音记录", "no trace is kept of a person at work")
_PERSON = Support(REFUSED, "手机号、邮箱和卡号不属于答案", "numbers of a phone or its card are no answers")
APPS = Support(REFUSED, "不启动别的应用", "no other app is started")
_CALENDAR = Support(
    REFUSED, "只有公历；农历生日用 bind::fa:lunar", "one calendar; for a lunar birthday use bind::fa:lunar"
)
_MAP = Support(SAME, "没有离线地图，按一次定位处理", "there is no map without a network; the place is taken once")
ENTITY = Support(REFUSED, "实体请用 bind::fa:fact", "for entities use bind::fa:fact")
ONE_WAY = Support(SAME, "只有一种显示", "there is one way to show it")

# XLSForm: types of the survey sheet; pyxform knows some by several names.
TYPES: dict[str, Support] = {
    "text": YES,
    "integer": YES,
    "decimal": YES,
    "range": YES,
    "date": YES,
    "time": YES,
    "dateTime": YES,
    "note": YES,
    "calculate": YES,
    "hidden": YES,
    "acknowledge": YES,
    "select_one": YES,
    "select_multiple": YES,
    "rank": YES,
    "select_one_from_file": Support(SHOWN, "只限 .csv 附件", "of a .csv attached"),
    "select_multiple_from_file": Support(SHOWN, "只限 .csv 附件", "of a .csv attached"),
    "csv-external": Support(SHOWN, "列表来自 .csv 附件", "a list from a .csv attached"),
    "image": YES,
    "audio": YES,
    "video": YES,
    "file": YES,
    "barcode": YES,
    "geopoint": Support(SHOWN, "点一下取一次；不能必填", "taken once, by a tap; never required"),
    "geotrace": Support(SHOWN, "逐点取；不能必填", "point by point, by taps; never required"),
    "geoshape": Support(SHOWN, "逐点取；不能必填", "point by point, by taps; never required"),
    "start": YES,
    "end": YES,
    "today": YES,
    "username": YES,
    "deviceid": YES,
    "begin_group": YES,
    "end_group": YES,
    "begin_repeat": YES,
    "end_repeat": YES,
    "select_one_external": Support(REFUSED, "请用 select_one_from_file", "use select_one_from_file"),
    "xml-external": Support(REFUSED, "外部列表只用 .csv", "lists from outside are .csv only"),
    "begin_loop": Support(REFUSED, "请用重复组", "use a repeat"),
    "osm": Support(REFUSED, "不采集地图要素", "no map features are collected"),
    "audit": Support(REFUSED, "审计由系统自己做，不进答案", "the system keeps its own audit, apart from answers"),
    "start-geopoint": TRACE,
    "background-geopoint": TRACE,
    "background-audio": TRACE,
    "phonenumber": _PERSON,
    "email": _PERSON,
    "simserial": _PERSON,
    "subscriberid": _PERSON,
}

# XLSForm: columns, by the part before the first `::`.
SURVEY_COLUMNS: dict[str, Support] = {
    "type": YES,
    "name": YES,
    "label": YES,
    "hint": YES,
    "guidance_hint": YES,
    "required": YES,
    "required_message": YES,
    "relevant": YES,
    "constraint": YES,
    "constraint_message": YES,
    "calculation": YES,
    "default": YES,
    "readonly": YES,
    "appearance": YES,
    "choice_filter": YES,
    "repeat_count": YES,
    "trigger": YES,
    "parameters": YES,
    "image": YES,
    "audio": YES,
    "video": YES,
    "media": YES,
    "big-image": Support(SAME, "用 image 的那一张", "the picture of the column image is used"),
    "autoplay": Support(SAME, "不自动播放", "nothing plays by itself"),
    "bind": Support(SHOWN, "bind::fa:*，见 docs/forms.md", "bind::fa:*, see docs/forms.md"),
    "body": Support(SHOWN, "限下面的属性", "of the attributes below"),
    "instance": Support(SAME, "题目上的附加属性不使用", "attributes of a question are not used"),
    "disabled": Support(SAME, "由 pyxform 去掉该行", "pyxform leaves the row out"),
    "save_to": ENTITY,
    "noapperrorstring": APPS,
    "sms_field": Support(REFUSED, "不经短信提交", "nothing is sent as a short message"),
    "compact_tag": Support(REFUSED, "不经短信提交", "nothing is sent as a short message"),
}
COLUMN_ALIASES = {
    "caption": "label",
    "command": "type",
    "tag": "name",
    "value": "name",
    "relevance": "relevant",
    "calculate": "calculation",
    "read_only": "readonly",
    "constraining_message": "constraint_message",
    "requiredmsg": "required_message",
    "count": "repeat_count",
    "jr:count": "repeat_count",
    "control": "body",
    "rows": "parameters",
    "no_app_error_string": "noapperrorstring",
}
COMMENT_COLUMNS = ("_", "#", "note", "comment", "备注", "说明", "hxl")  # for people who write forms; taken, not used

CHOICES_COLUMNS: dict[str, Support] = {
    "list_name": YES,
    "name": YES,
    "label": YES,
    "image": YES,
    "audio": YES,
    "video": YES,
    "media": YES,
    "(own columns)": Support(SHOWN, "用于 choice_filter", "for choice_filter"),
    "big-image": SURVEY_COLUMNS["big-image"],
}

SETTINGS: dict[str, Support] = {
    "form_id": YES,
    "form_title": YES,
    "version": YES,
    "default_language": YES,
    "namespaces": YES,
    "instance_name": YES,
    "allow_choice_duplicates": YES,
    "clean_text_values": YES,
    "style": Support(SAME, "分组本来就是页", "groups are pages already"),
    "omit_instanceid": Support(SAME, "编号由系统给", "the system numbers records"),
    "instance_xmlns": Support(SAME, "不使用", "not used"),
    "attribute": Support(SAME, "不使用", "not used"),
    "public_key": Support(REFUSED, "加密由系统自己做", "the system seals records in its own way"),
    "submission_url": Support(REFUSED, "只提交到本系统", "records go to this system only"),
    "auto_send": Support(REFUSED, "上传由系统安排", "the system decides when to send"),
    "auto_delete": Support(REFUSED, "手机上的副本由系统管理", "the system decides when a copy leaves the phone"),
    "client_editable": Support(REFUSED, "修改要经退回", "a record is changed after it was returned"),
    "name": Support(REFUSED, "根名称固定为 data", "the root is always called data"),
    "prefix": Support(REFUSED, "不经短信提交", "nothing is sent as a short message"),
    "delimiter": Support(REFUSED, "不经短信提交", "nothing is sent as a short message"),
    "sms_keyword": Support(REFUSED, "不经短信提交", "nothing is sent as a short message"),
    "add_none_option": Support(REFUSED, "请在选项表写出“无”", "write the choice `none` in the list"),
    "flat": Support(REFUSED, "请去掉", "remove it"),
    "entity_version": ENTITY,
}
SETTING_ALIASES = {
    "id_string": "form_id",
    "set_form_id": "form_id",
    "title": "form_title",
    "set_form_title": "form_title",
}

SHEETS: dict[str, Support] = {
    "survey": YES,
    "choices": YES,
    "settings": YES,
    "external_choices": TYPES["select_one_external"],
    "entities": ENTITY,
    "osm": TYPES["osm"],
}

# Words of an appearance.
APPEARANCES: dict[str, Support] = {
    "minimal": YES,
    "columns": YES,
    "columns-pack": YES,
    "columns-n": Support(SHOWN, "columns-1 到 columns-9", "columns-1 to columns-9"),
    "quick": YES,
    "likert": YES,
    "label": YES,
    "list-nolabel": YES,
    "list": YES,
    "table-list": YES,
    "field-list": YES,
    "search": YES,
    "autocomplete": YES,
    "multiline": YES,
    "signature": YES,
    "draw": YES,
    "numbers": YES,
    "thousands-sep": YES,
    "year": YES,
    "month-year": YES,
    "vertical": YES,
    "rating": YES,
    "picker": YES,
    "no-ticks": YES,
    "new": YES,
    "front": YES,
    "projects": Support(SHOWN, "从项目目录里选，也可以自己写", "chosen from the catalogue of projects, or typed"),
    "no-calendar": ONE_WAY,
    "compact": ONE_WAY,
    "horizontal": ONE_WAY,
    "horizontal-compact": ONE_WAY,
    "quickcompact": ONE_WAY,
    "no-buttons": ONE_WAY,
    "masked": Support(SAME, "遮盖由安全开关管", "the cover of the app hides it"),
    "hidden-answer": ONE_WAY,
    "new-front": Support(SAME, "请用 front", "use front"),
    "selfie": Support(SAME, "请用 front", "use front"),
    "placement-map": _MAP,
    "maps": _MAP,
    "map": _MAP,
    "intent": APPS,
    "bearing": Support(REFUSED, "不取方位", "no bearing is taken"),
    "annotate": Support(REFUSED, "不在照片上画", "photos are not drawn on"),
    "image-map": Support(REFUSED, "请用选项图片", "use pictures on the choices"),
    "printer": APPS,
    "ex": APPS,
    "url": APPS,
    "ethiopian": _CALENDAR,
    "coptic": _CALENDAR,
    "islamic": _CALENDAR,
    "persian": _CALENDAR,
    "bikram-sambat": _CALENDAR,
    "myanmar": _CALENDAR,
    "buddhist": _CALENDAR,
    "search()": Support(REFUSED, "请用 choice_filter 或 .csv 选项", "use choice_filter or choices from a .csv"),
}
GRID = Support(SAME, "没有网格版式", "there is no grid")  # w1 … w12

# Parameters of the XLSForm column, by name.
PARAMETERS: dict[str, Support] = {
    "start": YES,
    "end": YES,
    "step": YES,
    "randomize": YES,
    "seed": YES,
    "value": YES,
    "label": YES,
    "rows": Support(SAME, "多行用 appearance = multiline", "for several lines use the appearance multiline"),
    "max-pixels": Support(SAME, "照片总会缩小", "photos are always made smaller"),
    "quality": Support(SAME, "录音只有一种质量", "there is one quality"),
    "capture-accuracy": Support(SAME, "点一下取一次，由人判断", "taken once by a tap; the person judges"),
    "warning-accuracy": Support(SAME, "点一下取一次，由人判断", "taken once by a tap; the person judges"),
    "allow-mock-accuracy": Support(SAME, "不使用", "not used"),
    "incremental": Support(SAME, "不使用", "not used"),
    "tick_interval": Support(SAME, "刻度由屏幕定", "the screen decides on ticks"),
    "placeholder": Support(SAME, "不使用", "not used"),
    "tick_labelset": Support(REFUSED, "刻度不带文字，请用选项", "ticks have no words; use choices"),
    "app": APPS,
    "location-priority": TRACE,
    "track-changes": TYPES["audit"],
    "identify-user": TYPES["audit"],
}

# Functions of ODK that are not taken; those that are stand in functions.ARITY.
ONCE = Support(SHOWN, "只能包住整个 calculation 或 default", "only around a whole calculation or default")
REFUSED_FUNCTIONS: dict[str, Support] = {
    "id": Support(REFUSED, "路径里没有编号", "nodes have no ids"),
    "lang": Support(REFUSED, "标签自带语言", "labels know their language"),
    "local-name": Support(REFUSED, "不按名称取值", "values are not looked up by element name"),
    "name": Support(REFUSED, "不按名称取值", "values are not looked up by element name"),
    "namespace-uri": Support(REFUSED, "不按名称取值", "values are not looked up by element name"),
    "last": Support(REFUSED, "请用 count()", "use count()"),
    "jr:itext": Support(REFUSED, "请在标签里写文字", "write the text in the label"),
    "exp10": Support(REFUSED, "请用 pow(10, …)", "use pow(10, …)"),
    "geofence": Support(REFUSED, "不做地理围栏", "nobody is fenced in"),
    "intersects": Support(REFUSED, "不做图形求交", "shapes are not compared"),
    "base64-decode": Support(REFUSED, "不解码", "nothing is decoded"),
    "extract-signed": Support(REFUSED, "不验签外部数据", "data signed elsewhere is not read"),
    "thousands-sep": Support(REFUSED, "请用外观 thousands-sep", "use the appearance thousands-sep"),
    "property": Support(REFUSED, "请用 username、deviceid 题型", "use the types username and deviceid"),
    "device-id": Support(REFUSED, "请用 deviceid 题型", "use the type deviceid"),
}


def appearance(word: str) -> Support | None:
    """What becomes of one word of an appearance; None where nobody knows it."""
    name = word.lower()
    if name.startswith("columns-") and name[8:].isdecimal():
        return APPEARANCES["columns-n"]
    if name.startswith("w") and name[1:].isdecimal():
        return GRID
    for prefix in ("ex:", "printer:", "intent:", "url:"):
        if name.startswith(prefix):
            return APPEARANCES[prefix[:-1]]
    return APPEARANCES.get(name)
