"""A day: why it says what it says, and what is corrected or asked about it.

Covers: services/explanations/text.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from attendance_devices.models import (
    AuditEntry,
    Correction,
    CorrectionRequest,
    Device,
    ESSLAttendanceLog,
    ProcessedAttendance,
    SealedDay,
)
from attendance_devices.services.corrections.correct import add_punch, void_punch
from attendance_devices.services.corrections.requests import RequestedCorrection, request_correction
from attendance_devices.services.days.derive import derive, derive_pending
from attendance_devices.services.devices.local_time import today
from attendance_devices.services.posting.post import post
from tests.builders.crm import MONDAY, ZONE, at, census, device, employee, host, mapped, punched, setting
from tests.builders.day_rules import TwoShifts, works
from tests.builders.visibility import OnlyAsha

pytestmark = pytest.mark.django_db
DASH = "\N{EN DASH}"
EVERYTHING = ("view_processedattendance", "view_esslattendancelog", "add_correction", "change_correction")


def someone(*rights: str, name: str = "clerk") -> Client:
    user = get_user_model().objects.create_user(username=name, password="x")
    user.user_permissions.set(
        Permission.objects.filter(codename__in=rights, content_type__app_label="attendance_devices")
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def clerk() -> Client:
    return someone(*EVERYTHING)


def boss() -> Any:
    return get_user_model().objects.create_superuser(username="boss", password="x")


def a_day(*clocks: str, day: date = MONDAY, key: str = "7", name: str = "Asha Nair", where: Any = None) -> Any:
    gate, user = where or device(), employee(key, name, username=f"u{key}")
    mapped(gate, key, user)
    punched(gate, *[(key, at(clock, day)) for clock in clocks])
    derive_pending()
    return user


def page_of(user: Any, day: date = MONDAY) -> str:
    return reverse("attendance_devices:day", args=[user.pk, day])


def mine(day: date) -> str:
    return reverse("attendance_devices:my_day", args=[day])


def text(answer: HttpResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def log_at(clock: str, day: date = MONDAY) -> int:
    return ESSLAttendanceLog.objects.get(device_time=at(clock, day)).pk


def adding(clock: str = "18:00", **more: str) -> dict[str, str]:
    usual = {"punch": "new", "shown_on": MONDAY.isoformat(), "shown_at": clock, "punch_type": "out", "why": "forgot"}
    return usual | {"do": "save"} | more


def left(user: Any, day: date = MONDAY) -> str:
    out = ProcessedAttendance.objects.get(user=user, date=day).check_out
    return f"{out.astimezone(ZONE):%H:%M}" if out else ""


def test_strangers_log_in_and_others_need_the_right(client: Client) -> None:
    asha = a_day("09:00")
    for page in (page_of(asha), mine(MONDAY), reverse("attendance_devices:mine")):
        assert client.get(page).status_code == 302
        assert client.post(page).status_code == 302
    other = someone("view_dashboard")
    assert other.get(page_of(asha)).status_code == 403
    assert other.post(page_of(asha), adding()).status_code == 403
    assert other.get(mine(MONDAY)).status_code == 200, "one's own day takes no right"


def test_the_page_answers_why(clerk: Client) -> None:
    asha = a_day("09:00", "09:00:20", "12:31", "18:36")
    works(asha, "Office", "09:00", "18:00")
    derive({(asha.pk, MONDAY)})
    post(since=MONDAY)
    answer = clerk.get(page_of(asha))
    words = text(answer)
    for part in (
        "Asha Nair · Monday 8 January 2024",
        f"Office 09:00 {DASH} 18:00",
        "09:00:00 Gate check-in : first punch in the window",
        "09:00:20 Gate double tap : ignored: 20 s after the one before (double-tap window 60 s)",
        "18:36:00 Gate check-out",
        "9 h 36 min = 18:36:00",
        "Overtime 36 min",
        "assigned from 2023-12-09",
        "user 7 of the terminal",
        "it says what the day says",
    ):
        assert part in words, part
    markup = answer.content.decode()
    assert markup.count('class="ad-tap"') == 3 and markup.count('class="ad-tap-out"') == 1
    assert "style=" not in markup and "onclick" not in markup


def test_punches_take_a_right_of_their_own() -> None:
    asha = a_day("09:00", "12:31", "18:36")
    add_punch(asha.pk, at("12:40").replace(tzinfo=ZONE), by=boss(), why="a secret reason")
    derive_pending()
    viewer = someone("view_processedattendance")
    words = text(viewer.get(page_of(asha)))
    assert "Monday 8 January 2024" in words
    assert "12:31" not in words and "12:40" not in words and "secret" not in words
    assert "Add a punch" not in words


def test_other_people_s_days_are_not_found(clerk: Client, settings: Any) -> None:
    asha = a_day("09:00")
    omar = a_day("09:30", key="8", name="Omar Hassan", where=device("Other"))
    made = void_punch(log_at("09:30"), by=boss(), why="x")
    settings.ATTENDANCE_DEVICES = setting(HOST=host(OnlyAsha))
    before = census()
    assert clerk.get(page_of(asha)).status_code == 200
    assert clerk.get(page_of(omar)).status_code == 404
    assert clerk.post(page_of(omar), adding()).status_code == 404
    assert clerk.post(reverse("attendance_devices:undo", args=[omar.pk, MONDAY, made.pk])).status_code == 404
    assert clerk.post(reverse("attendance_devices:undo", args=[asha.pk, MONDAY, made.pk])).status_code == 404
    assert census() == before


@pytest.mark.parametrize("day", ["2024-02-30", "2004-12-31", "9000-01-01", "24-01-08", "2024-1-8", "0000-00-00"])
def test_what_is_no_day_is_not_found(clerk: Client, day: str) -> None:
    asha = a_day("09:00")
    base = reverse("attendance_devices:person", args=[asha.pk])
    assert clerk.get(f"{base}{day}/").status_code == 404


@pytest.mark.parametrize("day", [date(2005, 1, 1), date(8999, 12, 31), date(2024, 1, 7)])
def test_a_day_of_which_nothing_is_known_says_so(clerk: Client, day: date) -> None:
    asha = a_day("09:00")
    assert "none, because no row of this day is stored" in text(clerk.get(page_of(asha, day)))


def test_a_punch_is_added_and_the_day_says_so_at_once(clerk: Client) -> None:
    asha = a_day("09:00")
    page = page_of(asha)
    offered = clerk.get(page, {"punch": "new"}).content.decode()
    assert 'value="out" selected' in offered, "the end that is missing is filled in"
    assert f'value="{MONDAY.isoformat()}"' in offered

    answer = clerk.post(page, adding(), follow=True)

    assert answer.redirect_chain == [(page, 302)]
    assert "Corrected. The day says so already" in text(answer)
    assert "a punch was added" in text(answer) and "forgot" in text(answer)
    assert left(asha) == "18:00"
    assert AuditEntry.objects.values_list("verb", "by_name").get() == ("correct a punch", "clerk")


def test_a_look_ahead_shows_what_the_day_would_become_and_stores_nothing(clerk: Client) -> None:
    asha = a_day("09:00")
    before = census()
    answer = clerk.post(page_of(asha), adding(do="look"))
    assert answer.status_code == 200
    assert f"The day would say: on time calendar day 09:00:00 {DASH} 18:00:00 9 h" in text(answer)
    assert 'value="18:00"' in answer.content.decode() and 'value="forgot"' in answer.content.decode()
    assert census() == before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"why": ""}, "This field is required"),
        ({"why": " \t "}, "This field is required"),
        ({"shown_at": ""}, "This field is required"),
        ({"shown_at": "25:00"}, "Enter a valid time"),
        ({"shown_on": "yesterday"}, "Enter a valid date"),
        ({"shown_on": "2999-01-01"}, "that is still to come"),
        ({"shown_on": "0001-01-01"}, "no punch is of that year"),
        ({"punch_type": "lunch"}, "Select a valid choice"),
        ({"device": "999"}, "Select a valid choice"),
    ],
)
def test_errors_are_shown_in_place_with_what_was_typed(clerk: Client, changes: dict[str, str], words: str) -> None:
    asha = a_day("09:00")
    before = census()
    for do in ("look", "save"):
        answer = clerk.post(page_of(asha), adding(**changes, do=do))
        assert answer.status_code == 422
        assert words in text(answer)
        assert changes.get("why", "forgot").strip() in answer.content.decode()
    assert census() == before


def test_a_punch_is_left_out_or_moved_and_that_is_undone(clerk: Client) -> None:
    asha = a_day("09:00", "12:00", "18:00")
    page = page_of(asha)
    asked = clerk.get(page, {"punch": log_at("18:00")}).content.decode()
    assert "The punch of 18:00:00 (Gate)" in asked and 'value="void"' in asked
    clerk.post(
        page, {"punch": log_at("18:00"), "kind": "void", "why": "a colleague", "shown_at": "19:00", "do": "save"}
    )
    assert left(asha) == "12:00"
    void = Correction.objects.get()
    clerk.post(
        page, {"punch": log_at("12:00"), "kind": "change", "shown_at": "13:00", "why": "slow clock", "do": "save"}
    )
    assert left(asha) == "13:00"
    undo = reverse("attendance_devices:undo", args=[asha.pk, MONDAY, void.pk])
    answer = clerk.post(undo, follow=True)
    assert answer.redirect_chain == [(page, 302)]
    assert left(asha) == "18:00"
    assert "undone by clerk" in text(answer)
    assert "somebody undid it before" in text(clerk.post(undo, follow=True)), "the second is told"
    assert AuditEntry.objects.count() == 3


def test_a_punch_of_another_day_or_person_is_not_offered_nor_corrected(clerk: Client) -> None:
    asha = a_day("09:00")
    a_day("09:30", key="8", name="Omar", where=device("Other"))
    before = census()
    for punch in (str(log_at("09:30")), "0", "x", "-1", ""):
        assert "ad-correct-title" not in clerk.get(page_of(asha), {"punch": punch}).content.decode()
        answer = clerk.post(page_of(asha), {"punch": punch, "kind": "void", "why": "x", "do": "save"}, follow=True)
        assert "cannot be corrected here" in text(answer)
    assert census() == before


def test_every_right_is_asked_for_by_itself(clerk: Client) -> None:
    asha = a_day("09:00")
    clerk.post(page_of(asha), adding())
    made = Correction.objects.get()
    looker = someone(*EVERYTHING[:2], name="looker")
    assert looker.post(page_of(asha), adding()).status_code == 403
    assert looker.post(reverse("attendance_devices:undo", args=[asha.pk, MONDAY, made.pk])).status_code == 403
    assert looker.post(reverse("attendance_devices:decide", args=[asha.pk, MONDAY, 1])).status_code == 403
    shown = looker.get(page_of(asha), {"punch": "new"}).content.decode()
    assert "ad-correct-title" not in shown and "/undo/" not in shown


def test_a_post_without_the_token_is_refused(settings: Any) -> None:
    asha = a_day("09:00")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django.middleware.csrf.CsrfViewMiddleware"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(boss())
    names = [("day", [asha.pk, MONDAY]), ("undo", [asha.pk, MONDAY, 1]), ("decide", [asha.pk, MONDAY, 1])]
    for name, args in [*names, ("my_day", [MONDAY]), ("withdraw", [1])]:
        page = reverse(f"attendance_devices:{name}", args=args)
        assert client.post(page, adding()).status_code == 403, name


def test_looking_changes_nothing(clerk: Client) -> None:
    asha = a_day("09:00")
    clerk.get(page_of(asha))
    before = census()
    for page in (page_of(asha), mine(MONDAY), reverse("attendance_devices:mine")):
        for query in ({}, {"punch": "new"}, {"punch": str(log_at("09:00")), "do": "save", "kind": "void", "why": "x"}):
            assert clerk.get(page, query).status_code == 200
            assert clerk.head(page, query).status_code == 200
        assert clerk.put(page).status_code == 405
    for name, args in (("undo", [asha.pk, MONDAY, 1]), ("decide", [asha.pk, MONDAY, 1]), ("withdraw", [1])):
        assert clerk.get(reverse(f"attendance_devices:{name}", args=args)).status_code == 405
    assert census() == before


def test_a_day_takes_the_same_queries_whatever_happened(
    clerk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    asha = a_day("09:00", "18:00")
    # Five for who asks and about whom, one for requests; the rest is what "why?" asks of us and of the CRM.
    with django_assert_max_num_queries(20) as few:
        clerk.get(page_of(asha))
    omar = a_day(
        *(f"{hour:02}:{minute:02}" for hour in range(8, 20) for minute in (0, 30)), key="8", where=device("Other")
    )
    for clock in ("10:00", "11:00", "12:00"):
        void_punch(log_at(clock), by=get_user_model().objects.filter(username="boss").first() or boss(), why="x")
    derive_pending()
    with django_assert_max_num_queries(len(few)):
        clerk.get(page_of(omar))


def test_two_shifts_of_a_day_are_told_one_after_the_other(clerk: Client, settings: Any) -> None:
    asha = a_day(where=device("Yard"))
    settings.ATTENDANCE_DEVICES = setting(HOST=host(TwoShifts))
    punched(Device.objects.get(), *[("7", at(clock)) for clock in ("08:00", "12:00", "13:00", "17:00")])
    derive({(asha.pk, MONDAY)})
    answer = clerk.get(page_of(asha))
    assert answer.status_code == 200
    words = text(answer)
    assert words.index("08:00:00 Yard check-in") < words.index("13:00:00 Yard check-in")
    assert answer.content.decode().count('class="ad-span-shift"') == 2


def test_a_night_offers_the_next_date_for_the_end_that_is_missing(clerk: Client) -> None:
    asha = a_day()
    works(asha, "Night", "22:00", "06:00")
    punched(Device.objects.get(), ("7", at("22:00")))
    derive({(asha.pk, MONDAY)})
    shown = clerk.get(page_of(asha), {"punch": "new"}).content.decode()
    assert 'value="2024-01-09"' in shown and 'value="out" selected' in shown


def test_a_sealed_day_is_shown_as_its_row_and_offers_nothing(clerk: Client) -> None:
    asha = a_day("09:00", "18:00")
    ESSLAttendanceLog.objects.all().delete()
    SealedDay.objects.create(user=asha, date=MONDAY, at=datetime.now(UTC))
    answer = clerk.get(page_of(asha), {"punch": "new"})
    words = text(answer)
    assert "are no longer kept" in words and f"09:00:00 {DASH} 18:00:00" in words
    assert "ad-correct-title" not in answer.content.decode() and "Add a punch" not in words
    assert answer.content.decode().count("ad-span-worked") == 1
    refused = clerk.post(page_of(asha), adding(), follow=True)
    assert "cannot be corrected here" in text(refused) and Correction.objects.count() == 0


def test_what_strangers_wrote_is_only_text(clerk: Client) -> None:
    asha = a_day("09:00", name="<b>Asha</b> Nair")
    clerk.post(page_of(asha), adding(why='<script>alert("x")</script>'))
    markup = clerk.get(page_of(asha)).content.decode()
    assert "<script>alert" not in markup and "<b>Asha" not in markup
    assert "&lt;script&gt;" in markup


class TestMine:
    """What an employee sees and does, without any right."""

    @pytest.fixture
    def day(self) -> date:
        return today() - timedelta(days=1)

    @pytest.fixture
    def asha(self, day: date) -> Any:
        return a_day("09:00", day=day)

    @pytest.fixture
    def employee(self, asha: Any) -> Client:
        client = Client()
        client.force_login(asha)
        return client

    def asking(self, day: date, **more: str) -> dict[str, str]:
        return adding(shown_on=day.isoformat(), **more)

    def test_one_s_own_month_and_day_with_why(
        self, employee: Client, day: date, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_max_num_queries(9):
            month = employee.get(reverse("attendance_devices:mine"), {"month": f"{day:%Y-%m}"})
        assert f'href="{mine(day)}"' in month.content.decode()
        words = text(employee.get(mine(day)))
        assert "09:00:00 Gate check-in" in words and "Ask for a missing punch" in words
        assert "What would the day become" not in words

    def test_others_days_stay_closed(self, employee: Client, day: date) -> None:
        omar = a_day("09:30", day=day, key="8", name="Omar", where=device("Other"))
        assert employee.get(page_of(omar, day)).status_code == 403
        assert employee.get(reverse("attendance_devices:people")).status_code == 403

    def test_a_request_is_seen_until_it_is_answered_and_with_its_answer(
        self, employee: Client, asha: Any, day: date, clerk: Client
    ) -> None:
        page = mine(day)
        assert 'value="out" selected' in employee.get(page, {"punch": "new"}).content.decode()
        answer = employee.post(page, self.asking(day), follow=True)
        assert answer.redirect_chain == [(page, 302)]
        assert "waits for an answer" in text(answer) and "add a check-out at 18:00:00: forgot" in text(answer)
        made = CorrectionRequest.objects.get()
        assert left(asha, day) == ""

        theirs = page_of(asha, day)
        assert "add a check-out at 18:00:00" in text(clerk.get(theirs))
        decide = reverse("attendance_devices:decide", args=[asha.pk, day, made.pk])
        assert "needs why" in text(clerk.post(decide, {"do": "decline"}, follow=True))
        done = clerk.post(decide, {"do": "decline", "answer": "You left at noon."}, follow=True)
        assert "declined, and the person reads why" in text(done)

        month = text(employee.get(reverse("attendance_devices:mine")))
        assert "declined" in month and "You left at noon." in month and "answered by clerk" in month

    def test_a_granted_request_is_in_the_day(self, employee: Client, asha: Any, day: date, clerk: Client) -> None:
        employee.post(mine(day), self.asking(day))
        made = CorrectionRequest.objects.get()
        decide = reverse("attendance_devices:decide", args=[asha.pk, day, made.pk])
        clerk.post(decide, {"do": "grant"})
        assert left(asha, day) == "18:00"
        words = text(employee.get(mine(day)))
        assert "granted" in words and "asked for by u7" in words
        assert "closed already" in text(clerk.post(decide, {"do": "grant"}, follow=True))

    @pytest.mark.parametrize("verb", ["void", "map", "", "GRANT"])
    def test_nothing_else_is_done_about_a_request(
        self, employee: Client, asha: Any, day: date, clerk: Client, verb: str
    ) -> None:
        employee.post(mine(day), self.asking(day))
        made = CorrectionRequest.objects.get()
        decide = reverse("attendance_devices:decide", args=[asha.pk, day, made.pk])
        assert clerk.post(decide, {"do": verb}).status_code == 404
        other = reverse("attendance_devices:decide", args=[asha.pk, day - timedelta(days=1), made.pk])
        assert clerk.post(other, {"do": "grant"}).status_code == 404

    def test_one_withdraws_one_s_own_and_no_other_s(self, employee: Client, asha: Any, day: date) -> None:
        omar = a_day("09:30", day=day, key="8", name="Omar", where=device("Other"))
        wanted = RequestedCorrection(kind="add", shown=at("18:00", day), punch_type="out", why="x")
        theirs, own = request_correction(day, wanted, by=omar), request_correction(day, wanted, by=asha)
        assert employee.post(reverse("attendance_devices:withdraw", args=[theirs.pk])).status_code == 404
        withdraw = reverse("attendance_devices:withdraw", args=[own.pk])
        assert "Withdrawn" in text(employee.post(withdraw, follow=True))
        assert "answered or withdrawn before" in text(employee.post(withdraw, follow=True))
        own.refresh_from_db()
        theirs.refresh_from_db()
        assert (own.decision, theirs.decision) == ("withdrawn", "")

    def test_what_cannot_be_asked_is_told_in_place(self, employee: Client, day: date) -> None:
        before = census()
        for changes, words in (
            ({"shown_on": "2020-01-01"}, "would belong to another day"),
            ({"why": ""}, "This field is required"),
            ({"shown_on": "2999-01-01"}, "still to come"),
        ):
            answer = employee.post(mine(day), self.asking(day) | changes)
            assert answer.status_code == 422 and words in text(answer), words
        old = today() - timedelta(days=200)
        assert "last 92 days" in text(employee.post(mine(old), self.asking(old)))
        assert census() == before

    def test_a_request_never_corrects_by_itself(self, employee: Client, asha: Any, day: date) -> None:
        employee.post(mine(day), self.asking(day, do="save"))
        assert (Correction.objects.count(), left(asha, day), CorrectionRequest.objects.count()) == (0, "", 1)

    def test_whoever_is_known_to_no_terminal_has_an_empty_month(self, client: Client) -> None:
        client.force_login(boss())
        assert "No terminal knows this person" in text(client.get(reverse("attendance_devices:mine")))
        assert client.get(mine(today())).status_code == 200
