"""The published cases from the lead to their end: phone, desk of the federation, of the procuratorate, a department.

All in one county, at the days they tell of. The smallest that needs phone and desk is carried in `make test`, its visit
handed in without a screen; all six, with every form typed, by `make soak`. After each of them the page of statistics is
held against a count by hand (case_counts.py).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser import read_back
from tests.browser.case_counts import AGAIN, ALL_SIX, COUNTS, LAST, PASSED
from tests.browser.case_readings import READINGS
from tests.browser.case_road import BEGINS_BY_NOTICE, Road
from tests.browser.county_of_cases import Clerk, County, Desks, Visitor
from tests.browser.live import Phone, pictures_folder

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("cases")]
# The indictment of S001-1 and its follow-up of January 2023 are told of as past; a child of S001-3 is no minor by then.
LATER = {"S001-1": date(2023, 1, 20)}
ORDER = ("S001-7", "S003-lili", "S002-liu", "S001-5", "S001-3", "S001-1")


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    county = County(tmp_path_factory.mktemp("county"))
    county.start()
    try:
        yield county
    finally:
        county.stop()


@pytest.fixture(scope="module")
def desks(playwright: Playwright, county: County) -> Iterator[Desks]:
    desks = Desks(playwright, county, pictures_folder())
    county.before |= desks("chen").statistics()
    yield desks
    desks.leave()


Phones = Callable[[], Phone]


@pytest.fixture(scope="module")
def li(playwright: Playwright, county: County, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phones]:
    """The caseworker's phone; where days have passed she enrols another, whose clock stands at the new day."""
    made: dict[str, Phone] = {}

    def phone_of_today() -> Phone:
        today = county.now().date().isoformat()
        if today not in made:
            phone = Visitor(
                playwright,
                tmp_path_factory.mktemp("li") / "profile",
                county,  # type: ignore[arg-type]
                pictures_folder(),
            )
            made[today] = phone
            phone.start()
            phone.set_the_clock(today)
            phone.page.reload()  # everything of the app begins on that day
            phone.enrol(county.device_code("li"), "li")
            # The first contact is over: list and forms are there, and she can go where no server answers.
            phone.page.locator("#screen-worklist .entry").first.wait_for()
            expect(phone.page.locator("#sync-line.tone-ok")).to_contain_text("上次联系")
            phone.wait_for_shell()
        return made[today]

    yield phone_of_today
    for phone in made.values():
        phone.close()
        assert not phone.troubles, phone.troubles


def test_a_call_to_the_hotline_goes_from_the_phone_through_the_desk_to_its_end(
    county: County, li: Phones, desks: Desks
) -> None:
    # Given that she called, and the caseworker wrote it down without signal
    county.begun.append("S002-liu")
    road = Road(county, li(), desks, read_back.published("S002-liu"))
    road.lead()
    road.triage()
    road.plan()
    road.visit_handed_in()

    # Then the file shows what the reports point to, as published, and nothing that nobody told
    road.expect_state("已批准")
    road.screening_is()

    # When seven units confer and each thing is done by who is in charge
    road.social_only()
    road.meeting()
    road.measures()
    road.expect_state("帮扶中")
    road.follow_up(READINGS["S002-liu"].answers)
    road.expect_state("回访中")
    road.end(needs=1)

    # Then the county counts what a count by hand gives
    county.carried["S002-liu"] = road.code_name
    assert_counted(county, desks("chen"))


@pytest.mark.soak
@pytest.mark.parametrize("case_id", ORDER)
def test_a_published_case_goes_from_the_lead_to_its_end(county: County, li: Phones, desks: Desks, case_id: str) -> None:
    carry(county, li, desks, case_id)
    assert_counted(county, desks("chen"))


@pytest.mark.soak
def test_all_six_in_one_county_are_counted_as_by_hand(county: County, li: Phones, desks: Desks) -> None:
    # Given all six at their end in one county; those that the test above has carried are there
    for case_id in ORDER:
        if case_id not in county.begun:
            carry(county, li, desks, case_id)
    assert [*county.carried] == county.begun, "one stopped on its way: what it left is counted too"

    # Then the page of the supervisor says of them what a count by hand says, and nothing besides
    chen = desks("chen")
    assert changed(county, chen, ALL_SIX) == ALL_SIX
    chen.picture("statistics", full=True)

    # And behind its first figure lie these six files, and those of the county's own
    mine = set(county.carried.values())
    assert mine <= set(chen.behind("受理案件"))

    # And the other supervisor of the county reads the same
    assert desks("sun").statistics() == chen.statistics()


def test_the_count_case_by_case_and_the_count_over_all_agree() -> None:
    total: Counter[str] = Counter()
    for counted in (*COUNTS.values(), *PASSED.values()):
        total.update(counted)
    assert dict(total) == ALL_SIX
    assert COUNTS.keys() == READINGS.keys() == set(ORDER)


def carry(county: County, li: Phones, desks: Desks, case_id: str) -> None:
    """One case from the lead to its end, every form of it typed."""
    case, told = read_back.published(case_id), READINGS[case_id].answers
    if case_id in LATER:
        county.later((LATER[case_id] - county.now().date()).days)
        desks.come_again()
    county.begun.append(case_id)
    road = Road(county, li(), desks, case)
    road.lead()
    if told.talk:
        road.protect()
    if case_id not in BEGINS_BY_NOTICE:
        road.triage()
    road.plan()
    road.visit_by_phone(told)
    road.screening_is()
    if "transfer_letter" in case["expected_forms"]:
        road.letter()
    if case["relief"]["granted"]:
        road.receipt()
    else:
        road.social_only()
    if case_id == "S001-7":  # what the follow-up found is what they confer about
        road.follow_up(told)
    if case["coordination"]:
        road.meeting()
    else:
        assert "还没有会商记录" in desks("chen").refused("制定帮扶")
    road.measures()
    road.screening_is(helped=True)
    if case_id == "S001-7":
        desks("li").file(road.case_id)
        desks("li").move("回访中")
    elif told.follow_up:
        road.follow_up(told)
    if case_id == "S001-1":
        road.end_after_red()
    elif told.follow_up:
        road.end(needs=2 if case_id == "S001-7" else 1)
    else:  # nobody tells that she was seen again: her file stays open
        road.expect_state("已反馈")
    road.picture(desks("chen"), "end")
    county.carried[case_id] = road.code_name


# ---- a count by hand ---------------------------------------------------------------------------------------


def assert_counted(county: County, chen: Clerk) -> None:
    """The whole page changed by what a count by hand gives for the cases carried here, and by nothing else."""
    wanted: Counter[str] = Counter()
    for case_id in county.carried:
        wanted.update(COUNTS[case_id])
        if LAST in county.carried:
            wanted.update(PASSED.get(case_id, {}))
    assert changed(county, chen, wanted) == dict(wanted)


def changed(county: County, chen: Clerk, wanted: Mapping[str, int]) -> dict[str, Decimal]:
    """What the page says more than before any of these cases began; of rows that say the same those that are wanted."""
    shown = chen.statistics()
    more = {row: shown.get(row, Decimal(0)) - county.before.get(row, Decimal(0)) for row in {*shown, *county.before}}
    # Follow-ups of other files come due while days pass: of these rows what the others say now is taken away.
    for row, number in county.follow_ups_of_others().items():
        more[f"{AGAIN} · {row}"] = shown[f"{AGAIN} · {row}"] - number
    told = {row: number for row, number in more.items() if number}
    return {**dict.fromkeys(wanted, Decimal(0)), **told}
