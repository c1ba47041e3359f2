"""One published case on its way from the lead to its end: each step by whoever takes it, through page and phone."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from playwright.sync_api import expect
from sqlalchemy import select

from fieldapp import demo
from fieldapp.db import reading
from fieldapp.models.cases import Case, Visit, VisitPurpose
from tests import phones, reports
from tests.browser import case_steps_told as told_of
from tests.browser import published_visit, read_back
from tests.browser.answers import CaseAnswers
from tests.browser.county_of_cases import Clerk, County, Desks
from tests.browser.live import Phone, Screen
from tests.unit.casework.published import visit as visit_of
from tests.web.test_screenings import named

LEAD, HOUSEHOLD, LETTER, RECEIPT, MEETING, MEASURE, CLOSURE = (
    *("接待登记", "入户调查表", "线索移送函", "移送函回执", "联席会议、会商研判", "帮扶措施"),
    "结案",
)
FOLLOW_UP = "回访"
LETTER_TITLE = "国家司法救助线索移送函"
# Who begins the file: the federation's caseworker on her phone; the procuratorate's at the desk; or its notice, where
# relief was decided before the federation heard of her.
BEGINS_AT_THE_DESK, BEGINS_BY_NOTICE = frozenset({"S001-3"}), frozenset({"S001-7"})
BAND_DAYS = 101  # more than the 90 that a red band keeps a file open
ZONE = ZoneInfo("Asia/Shanghai")


@dataclass
class Road:
    """`case` as published; `desks` seats somebody by login. `code_name` and `case_id` are known with the file."""

    county: County
    li: Phone
    desks: Desks
    case: Mapping[str, Any]
    code_name: str = ""
    case_id: UUID = field(default=UUID(int=0))
    has_reported: bool = False  # the mandatory report, as the source tells

    @property
    def chen(self) -> Clerk:
        """The supervisor: takes up, plans, approves."""
        return self.desks("chen")

    @property
    def sun(self) -> Clerk:
        """The other supervisor: writes letter, meeting, measures and closure, of which nobody approves her own."""
        return self.desks("sun")

    def take_the_phone(self) -> Phone:
        """The phone, open: while others were at work it may have covered or locked itself."""
        if self.li.page.locator("#uncover").is_visible():
            self.li.uncover()
        elif self.li.page.locator("#screen-unlock").is_visible():
            self.li.unlock()
        return self.li

    def picture(self, screen: Screen, name: str) -> None:
        """Keep what this person sees now, where a folder was given; of a desk the whole page."""
        screen.picture(f"{self.case['id']}-{name}", full=not isinstance(screen, Phone))

    def expect_state(self, state: str) -> None:
        self.chen.file(self.case_id)
        assert self.chen.state == state, self.chen.state

    # -- the beginning

    def lead(self) -> None:
        """The file begins as the source tells, and stands before the supervisor."""
        if self.case["id"] in BEGINS_BY_NOTICE:
            self._notice()
        elif self.case["id"] in BEGINS_AT_THE_DESK:
            self._lead_at_the_desk()
        else:
            self._lead_on_the_phone()
        assert re.fullmatch(r"[A-Z0-9]{2}-\d{4}", self.code_name)

    def _lead_on_the_phone(self) -> None:
        """Written where no server answers; it opens the file when it comes up."""
        li, told = self.take_the_phone(), self.case["lead"]
        self.county.stop()
        li.home()
        self.picture(li, "worklist")
        li.tap(li.page.locator("#lead-new"))
        li.page.locator(".record").wait_for()
        self.picture(li, "lead")
        li.fill_to_the_contents(told_of.lead(self.case))
        li.submit()
        self.picture(li, "lead-contact")
        asked = li.page.locator("#lead-contact")
        if told["reporter_relation"]:
            li.tap(asked.locator("button.btn-primary"))
            li.page.locator(".record").wait_for()
            expect(li.page.locator(".page-readers")).to_contain_text("只有您和审核的主管")
            li.answer("lead.reporter_relation", told["reporter_relation"])
            li.submit()
        else:
            li.tap(asked.get_by_role("button").last)
        self.county.start()
        li.send()
        chen = self.chen
        chen.queue()
        chen.tap(chen.page.locator("table.list tbody tr", has_text=LEAD).first.get_by_role("link"))
        expect(chen.page.locator("body#report")).to_contain_text(told["source_text"])
        self.picture(chen, "desk-lead")
        self._named(chen)
        li.home()
        expect(li.entry(self.code_name)).to_be_visible()
        chen.decide(self.code_name, LEAD)
        self._found()

    def _lead_at_the_desk(self) -> None:
        wang = self.desks("wang")
        sheet = wang.begin_lead()
        sheet.fill(told_of.lead(self.case))
        wang.hand_in()
        self._named(wang)
        self.chen.decide(self.code_name, LEAD)
        self._found()

    def _notice(self) -> None:
        """The procuratorate tells of a case of its own, whose relief is decided."""
        her, qian = self.case["persons"][0], self.desks("qian")
        page = qian.page
        page.goto(f"{self.county.desk_address}/leads/notice")
        qian.write(page.locator("#name"), her["name"])
        page.locator("#sex").select_option(her["sex"])
        qian.write(page.locator("#birth"), her["birth_ym"])
        page.locator("#channel").select_option(self.case["lead"]["channel"])
        page.locator("#result").select_option("granted")
        qian.write(page.locator("#organ"), self.case["joint_relief"]["organs"][0])
        qian.write(page.locator("#said"), self.case["lead"]["source_text"])
        self.picture(qian, "notice")
        qian.tap(page.locator("main form button.primary"))
        page.locator("body#case-file").wait_for()
        self._named(qian)
        self._found()

    def _named(self, desk: Clerk) -> None:
        self.code_name = desk.page.locator("h1").inner_text().split(" ")[0]

    def _found(self) -> None:
        """The supervisor finds the file in her list."""
        chen = self.chen
        chen.page.goto(f"{self.county.desk_address}/cases")
        chen.tap(chen.page.get_by_role("link", name=self.code_name, exact=True))
        chen.page.locator("body#case-file, body#opening-reason").wait_for()
        self.case_id = UUID(chen.page.url.split("/cases/")[1][:36])

    def protect(self) -> None:
        """One press; and the report that the law asks for is noted as the source tells it."""
        chen = self.chen
        chen.file(self.case_id)
        chen.tap(chen.page.get_by_role("button", name="先保护"))
        expect(chen.page.locator("#beside-title")).to_contain_text("先保护，开始于")
        [filed] = [one for one in self.case["original_case"]["timeline"] if "立案侦查" in one["text"]]
        beside = chen.page.locator("#beside")
        expect(beside).to_contain_text("需要强制报告")
        chen.tap(beside.locator("input[value=done_by_other]"))
        chen.write(beside.locator("#report-reason"), filed["text"])
        chen.tap(beside.locator("form[action$='/report'] button"))
        expect(chen.page.locator("#beside")).to_contain_text("已经强制报告")
        self.has_reported = True
        self.picture(chen, "protected")

    def triage(self) -> None:
        """Found among the leads that wait, and taken up with a reason."""
        chen = self.chen
        chen.page.goto(f"{self.county.desk_address}/leads")
        chen.tap(chen.page.get_by_role("link", name=self.code_name, exact=True).first)
        chen.page.locator("body#case-file").wait_for()
        chen.move("已分流", "要走访，了解家里的情况")

    def plan(self) -> None:
        self.chen.plan_visit(self.code_name, "investigation", "李春禾 王砚秋", "planned_visit")

    # -- the visit

    def visit_handed_in(self) -> None:
        """The report of the visit as screening reads it of this case, from a phone without a screen: how it is typed is
        shown elsewhere.
        """
        county = self.county
        with county.app.app_context(), reading() as session:
            case = session.scalars(select(Case).where(Case.case_id == self.case_id)).one()
            planned = Visit.purpose == VisitPurpose.INVESTIGATION
            visit = session.scalars(select(Visit).where(Visit.case_id == self.case_id, planned)).one()
            her, visit_id = str(case.subject_id), visit.visit_id
        answers = named(visit_of(self.case["id"]))
        answers["members"][0]["person_id"] = her
        for number, (row, one) in enumerate(zip(answers["members"], self.case["persons"], strict=True)):
            row["name"] = told_of.name_of(one, number)
        # As it is typed in the soak: sixty when she told it, and visited today.
        answers["members"][0]["birth_ym"] = "1962"
        answers["visit"]["at"] = county.now().astimezone(ZONE).isoformat(timespec="seconds")
        # She wants to be taken into a home for the old.
        answers["needs"] = {"wanted": [{"_id": str(uuid5(visit_id, "need")), "need": "elder_care"}]}
        phone = phones.Phone(_Client(county), county.now, seed=7)
        code = re.sub(r"\W", "", county.device_code("wang"))[:12]
        assert phone.enrol("wang", code, demo.PASSWORD).status_code == 200
        body = json.loads(reports.body(answers, county.now()))
        at = SimpleNamespace(case_id=self.case_id, visit_id=visit_id)
        item = phone.fill_in(at, body=body)  # type: ignore[arg-type]
        phone.sync()
        assert phone.result(item)["status"] == "ok", phone.result(item)
        self.chen.decide(self.code_name, HOUSEHOLD)

    def visit_by_phone(self, told: CaseAnswers) -> None:
        """F0, F2, F5, F6 as they are called for, where no server answers; approved one by one."""
        li = self.take_the_phone()
        more = told_of.TOLD_BESIDES.get(told.case, {})
        door, later, desk = ({**table, **more} for table in (told.door, told.later, told.desk))
        told = replace(told, door={**told_of.family(self.case), **door}, later=later, desk=desk)
        li.send()
        li.home()
        self.county.stop()
        self._open_on_the_phone()
        published_visit.at_the_door(li, told)
        li.home()
        li.open_case(self.code_name)
        li.end_visit()
        published_visit.write_in_the_evening(li, told)
        li.submit()
        published_visit.write_what_was_called_for(li, told)
        self.county.start()
        li.send()
        chen = self.chen
        if told.talk:
            self._red_is_seen()
        for form in (published_visit.CONSENT_FORM, HOUSEHOLD):
            chen.decide(self.code_name, form)
        if told.talk:
            chen.decide(self.code_name, published_visit.TALK_FORM)
        chen.decide(self.code_name, published_visit.CHILD_FORM, times=len(told.children))

    def _red_is_seen(self) -> None:
        """The talk is red: it stands before the supervisor as an alert, and first in her list, until she acts."""
        chen = self.chen
        chen.queue()
        alerts = chen.page.locator("section.alert[role=alert]", has_text=self.code_name)
        alert = alerts.filter(has_text="评估为红色")  # beside the one of the lead
        expect(alert).to_have_count(1)
        expect(chen.page.locator("table.list tbody tr").first).to_contain_text("危险报告")
        self.picture(chen, "alert")
        chen.tap(alert.get_by_role("button"))
        expect(alert).to_have_count(0)

    def _open_on_the_phone(self) -> None:
        """The case on the phone; who began its file was asked for no conflict, who was sent there is."""
        li = self.li
        li.open_case(self.code_name)
        asked = li.page.locator("#conflict [data-value=no]")
        asked.or_(li.page.locator("[data-act=visit-start]:visible").first).first.wait_for()
        if asked.count():
            li.no_conflict()

    def screening_is(self, *, helped: bool = False) -> None:
        """Categories and flags as published: what a measure decides is known only when it was given."""
        self.chen.file(self.case_id)
        self.picture(self.chen, "screening-helped" if helped else "screening")
        people, flags = self.chen.screening()
        case = self.case
        everybody = {one["id"]: one for one in case["persons"]}
        order = read_back.family_of(case)
        wanted = {
            told_of.name_of(everybody[code], order.index(code)): {
                category: ("met" if helped else "unknown") if one["status"] == "unknown_then_met" else one["status"]
                for category, one in expected.items()
            }
            for code, expected in case["expected_categories"].items()
        }
        assert {who: people.get(who) for who in wanted} == wanted, people
        answered = {"report_child", "report_incapacity"} if self.has_reported else set()
        assert sorted(flags) == sorted({*case["expected_priority"]} - answered), flags

    # -- relief

    def letter(self) -> None:
        """Made from the approved visit; what is missing is refused by its name."""
        sun = self.sun
        sheet = sun.begin(self.case_id, "F4")
        table = told_of.letter(self.case, self._minute())
        while sheet.page_title != "目录":
            papers = sheet.rows("enc.papers")
            sheet.fill({**table, **told_of.papers(papers)})
            sheet.section_unknown("does_not_know")
            sheet.next_page()
        if self.case["hardship_text"] is None:
            sun.page.keyboard.press("Control+Enter")
            expect(sun.page.locator("#form")).to_contain_text("缺第二项")
            sheet.from_the_beginning()
            sheet.fill_to_the_contents(told_of.NOTHING_TOLD)
        sun.hand_in()
        self.chen.decide(self.code_name, LETTER)
        self.expect_state("已批准")  # nothing has left the house
        self._letter_goes_out()
        self._letter_is_received()

    def _letter_goes_out(self) -> None:
        """Made and numbered, read as it is printed, signed, sent: each noted on the page of letters."""
        chen, year = self.chen, self.county.now().astimezone(ZONE).year
        self.county.letters[year] += 1
        number = f"线移〔{year}〕{self.county.letters[year]}号"
        chen.letters(self.case_id)
        chen.make_letter(LETTER_TITLE)
        expect(chen.letter.locator("h3")).to_have_text(f"{LETTER_TITLE} {number}")
        self.picture(chen, "letter")
        printed = chen.printed_letter()
        for said in (number, *told_of.letter_says(self.case)):
            assert said in printed, (said, printed)
        chen.note_letter("signed")
        chen.note_letter("sent")
        self.expect_state("已移送")

    def _letter_is_received(self) -> None:
        """Under the number that the receiver gives it."""
        chen = self.chen
        chen.letters(self.case_id)
        chen.note_letter("received", told_of.RECEIPT_NO)
        expect(chen.letter).to_contain_text(told_of.RECEIPT_NO)
        self.expect_state("已签收")
        timeline = chen.page.locator('section[aria-labelledby="timeline-title"]')
        for said in ("已生成函件", "函件已签名", "已发移送函", "移送函已签收"):
            expect(timeline).to_contain_text(said)

    def receipt(self) -> None:
        """Written by the procuratorate's caseworker, decided there, told back, approved here."""
        wang = self.desks("wang")
        wang.write_report(wang.begin(self.case_id, "F4R"), told_of.receipt(self.case, self._minute()))
        if self.case["id"] in BEGINS_AT_THE_DESK:  # its own case: no letter to itself
            qian = self.desks("qian")
            qian.file(self.case_id)
            qian.move("已作决定")
        self.chen.decide(self.code_name, RECEIPT)
        self.expect_state("已反馈")
        self.picture(self.chen, "receipt")

    def _minute(self) -> str:
        """Now, as a box for a moment takes it."""
        return self.county.now().astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")

    def social_only(self) -> None:
        """No case of judicial relief: its way is legal aid and social assistance."""
        self.chen.file(self.case_id)
        self.chen.move("只做社会救助", "走法律援助和社会救助")

    # -- help

    def meeting(self) -> None:
        self.sun.write_report(self.sun.begin(self.case_id, "F8"), told_of.meeting(self.case))
        self.chen.decide(self.code_name, MEETING)
        self.expect_state("制定帮扶")
        self.picture(self.chen, "meeting")

    def measures(self) -> None:
        """What the meeting decided becomes measures; what nobody is put in charge of is written down beside it."""
        sun, has_met = self.sun, self.case["coordination"] is not None
        for one in told_of.measures(self.case):
            table = dict(one.answers)
            if one.decided and has_met:
                sun.file(self.case_id)
                sheet = sun.begin_of_decision(one.content)
                del table["ms.title"]  # stands there, as decided
            elif told_of.ANSWERS_A_NEED.get(self.case["id"]) == one.type:
                sun.file(self.case_id)
                sheet = sun.begin_for_need()
            else:
                sheet = sun.begin(self.case_id, "F7")
            if not one.is_hers:
                sheet.remove_row("ms.beneficiaries", 0)
            sun.write_report(sheet, table)
            self.chen.decide(self.code_name, MEASURE)
            if one.by_civil:
                self._by_the_department(one)
        sun.file(self.case_id)
        self.picture(sun, "measures")
        assert "会议定了还没办的" not in sun.page.locator("body").inner_text()

    def _by_the_department(self, one: told_of.Help) -> None:
        """Sent to civil affairs, taken on and done there; then the measure is done."""
        chen, he = self.chen, self.desks("he")
        chen.file(self.case_id)
        chen.send_to_department(one.content, "请办理并回复")
        he.answer_task(self.code_name, "已经办好")
        for status in ("approved", "done"):
            chen.file(self.case_id)
            chen.say_where_it_stands(one.content, status)

    def follow_up(self, told: CaseAnswers) -> None:
        """Planned at the desk, made where no server answers, approved; as many as were published."""
        assert told.follow_up is not None
        published_visit.follow_up(self.county, self.take_the_phone(), self.chen, self.code_name, told.follow_up)  # type: ignore[arg-type]

    # -- the end

    def end(self, *, needs: int) -> None:
        """Closed, with every need answered and the reasons that its guards ask for."""
        self.chen.file(self.case_id)
        assert "还有需求没有结果" in self.chen.refused("已结案")
        self.sun.write_report(self.sun.begin(self.case_id, "F9"), told_of.closure(self.case, needs=needs))
        self.chen.decide(self.code_name, CLOSURE)
        self.expect_state("已结案")

    def end_after_red(self) -> None:
        """Red within 90 days: neither the form nor the file lets it end. Then it is safe, and a reason is given."""
        sun, chen = self.sun, self.chen
        table = dict(told_of.closure(self.case, needs=1))
        sheet = sun.begin(self.case_id, "F9")
        sheet.fill_to_the_contents(table)
        sun.page.keyboard.press("Control+Enter")
        expect(sun.page.locator("#form")).to_contain_text("90 天内评过红色或橙色，不能结案")
        chen.file(self.case_id)
        stands = chen.refused("已结案")
        for said in ("先保护还没有结束", "最近评过红色或橙色", "还有需求没有结果"):
            assert said in stands, stands
        beside = chen.page.locator("#beside")
        chen.tap(beside.locator("summary", has_text="危险已经过去"))
        chen.write(beside.locator("#end-reason"), self.case["follow_ups"][0]["findings_text"])
        chen.tap(beside.locator("form[action$='/protect/end'] button"))
        chen.page.locator("body#case-file").wait_for()
        self.county.later(BAND_DAYS)
        self.desks.come_again()
        sheet = sun.begin(self.case_id, "F9")
        reason = self.case["follow_ups"][0]["findings_text"]
        sun.write_report(sheet, {**table, "cl.band_reason": reason})
        chen.decide(self.code_name, CLOSURE)
        self.expect_state("已结案")


class _Client:
    """Carries the requests of a phone without a screen to the county's phone port, inside this process."""

    def __init__(self, county: County) -> None:
        self._client, self._base = county.app.test_client(), county.phone_address

    def post(self, path: str, **asked: Any) -> Any:
        return self._client.post(path, base_url=self._base, **asked)
