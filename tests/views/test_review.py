"""The review inbox in the browser of somebody.

Covers: services/review/page.
"""

import html
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from attendance_devices.domain.review.items import ItemKind
from attendance_devices.models import AuditEntry, Correction, DeviceUser
from attendance_devices.services.access import permissions
from attendance_devices.services.access.visibility import VisibleEmployees
from attendance_devices.services.review import page
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import inbox
from attendance_devices.views.forms.decision import DecisionForm
from tests.builders.clients import allowed, client_of, text
from tests.builders.crm import MONDAY, ZONE, at, employee, host, nothing_is_written, setting
from tests.builders.decisions import clock, edited, outlier, stranger
from tests.builders.inbox import boss, day_of
from tests.builders.visibility import Sees, something_of_everything

pytestmark = pytest.mark.django_db
LIST = "/attendance-devices/review/"
HTMX = {"HX-Request": "true"}


def item_url(key: str, do: str = "") -> str:
    return f"{reverse('attendance_devices:review_item')}?{urlencode({'key': key, **({'do': do} if do else {})})}"


def the(kind: ItemKind) -> Any:
    (item,) = inbox(kinds={kind}).items
    return item


def test_the_first_kind_with_anything_in_it_is_shown_with_the_counts_of_all() -> None:
    clock()
    day_of(employee("8"), is_outlier=True, outlier_reasons=["too long"])
    client = client_of(boss())

    said = text(client.get(LIST))

    assert "Suspicious clocks" in said and "Outliers" in said and "Missing checks" not in said
    assert "Asha Nair (asha) at Gate" in said and "too long" not in said
    assert "too long" in text(client.get(f"{LIST}?kind=outlier"))


def test_where_nothing_waits_it_says_so() -> None:
    assert "Nothing waits for a person." in text(client_of(boss()).get(LIST))


@pytest.mark.parametrize(
    "query", ["?kind=nonsense", "?limit=x", "?limit=-1", "?limit=9999999", "?kind=%00", "?limit=²"]
)
def test_what_is_not_offered_is_passed_over(query: str) -> None:
    clock()
    assert client_of(boss()).get(LIST + query).status_code == 200


def test_the_older_ones_are_a_click_away() -> None:
    user = employee("7")
    for number in range(60):
        day_of(user, MONDAY + timedelta(days=number), is_outlier=True, outlier_reasons=["too long"])
    client = client_of(boss())

    said = text(client.get(f"{LIST}?kind=outlier"))

    assert said.count("<article") == 50 and "The newest 50 of 60." in said and "limit=100" in said
    assert text(client.get(f"{LIST}?kind=outlier&limit=100")).count("<article") == 60


def test_only_what_the_viewer_may_do_is_offered() -> None:
    item = outlier()
    client = client_of(allowed(permissions.VIEW_PUNCHES))

    said = text(client.get(LIST))

    assert "too long" in said and "takes a right that you have not" in said and "do=acknowledge" not in said
    assert client.post(item_url(item.key, "acknowledge"), {"why": "x"}).status_code == 403
    assert inbox().total == 1


def test_a_decision_without_javascript_goes_back_to_the_list_with_what_was_done() -> None:
    item = outlier()
    client = client_of(boss())

    assert "It is right as it is" in text(client.get(item_url(item.key, "acknowledge")))
    response = client.post(item_url(item.key, "acknowledge"), {"why": "a long day"}, follow=True)

    assert response.redirect_chain == [(f"{LIST}?kind=outlier", 302)]
    assert "seen, and told no more unless its cause changes" in text(response)
    assert inbox().total == 0
    assert AuditEntry.objects.get().verb == "review acknowledge"


def test_a_decision_with_htmx_gives_back_the_part_of_the_page_that_changed() -> None:
    item = outlier()

    said = text(client_of(boss()).post(item_url(item.key, "acknowledge"), {"why": "x"}, headers=HTMX))

    assert "told no more" in said and "<html" not in said and "<article" not in said
    assert 'hx-swap-oob="true"' in said and "Outliers" in said


def test_an_item_that_is_still_there_is_shown_again_with_what_was_done() -> None:
    item, _ = edited()

    said = text(client_of(boss()).post(item_url(item.key, "compare"), headers=HTMX))

    assert "<article" in said and "the CRM&#x27;s row is kept" in said


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_is_missing_is_said_in_its_place_and_nothing_is_done(headers: dict[str, str]) -> None:
    item = outlier()

    response = client_of(boss()).post(item_url(item.key, "acknowledge"), {"why": " "}, headers=headers)

    assert response.status_code == 422
    assert "This field is required." in text(response) and 'name="why"' in text(response)
    assert ("<html" in text(response)) is not bool(headers)
    assert inbox().total == 1 and not AuditEntry.objects.exists()


def test_a_time_is_that_of_the_clock_on_that_wall() -> None:
    item = clock()

    given = {"date": "2024-01-08", "time": "09:00", "why": "asked her"}
    assert client_of(boss()).post(item_url(item.key, "correct"), given).status_code == 302

    moment = Correction.objects.get().moment
    assert moment == at("09:00").replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"date": "2024-02-30", "time": "09:00"}, "Enter a valid date."),
        ({"date": "2024-01-08", "time": "25:00"}, "Enter a valid time."),
        ({"date": "1980-01-08", "time": "09:00"}, "no punch is of the year 1980"),
        ({"date": "2098-01-08", "time": "09:00"}, "that is still to come"),
        ({}, "This field is required."),
    ],
)
def test_a_time_that_cannot_be_is_refused_in_its_place(given: dict[str, str], said: str) -> None:
    item = clock()

    response = client_of(boss()).post(item_url(item.key, "correct"), {**given, "why": "x"})

    assert response.status_code == 422
    assert said in text(response)
    assert not Correction.objects.exists()


def test_somebody_faster_is_told_and_nothing_is_done_twice() -> None:
    item = outlier()
    by = boss()
    client = client_of(by)
    decide_item(item.key, "acknowledge", by=by, why="first")

    slow = client.post(item_url(item.key, "acknowledge"), {"why": "second"}, headers=HTMX)
    plain = client.post(item_url(item.key, "acknowledge"), {"why": "second"})

    assert "somebody was faster" in text(slow) and slow.status_code == 200
    assert "somebody was faster" in text(plain) and plain.status_code == 404
    assert AuditEntry.objects.count() == 1


def test_an_action_that_is_not_offered_is_refused() -> None:
    item = outlier()
    response = client_of(boss()).post(item_url(item.key, "ignore"))
    assert response.status_code == 422 and "cannot be done" in text(response)


def test_who_is_meant_is_chosen_from_those_who_are_found() -> None:
    item = stranger()
    asha, _ = employee("7", "Asha Nair", username="asha"), employee("8", "Bilal Nair", username="bilal")
    client = client_of(boss())

    response = client.post(item_url(item.key, "map"), {"who": "nair"})
    assert response.status_code == 422
    assert "Choose who it is." in text(response) and "Asha Nair" in text(response) and "Bilal Nair" in text(response)
    assert not DeviceUser.objects.get().is_mapped

    assert client.post(item_url(item.key, "map"), {"who": "nair", "employee": str(asha.pk)}).status_code == 302
    assert DeviceUser.objects.get().system_user == asha


def test_an_exact_key_needs_no_choice_and_a_part_of_a_name_always_does() -> None:
    item = stranger()
    asha = employee("7", "Asha Nair", username="asha")
    client = client_of(boss())

    assert client.post(item_url(item.key, "map"), {"who": "ash"}).status_code == 422
    assert client.post(item_url(item.key, "map"), {"who": "asha"}).status_code == 302
    assert DeviceUser.objects.get().system_user == asha


@pytest.mark.parametrize("who", ["", "nobody", "\x00", "%", "_", "9" * 300])
def test_nobody_is_found_by_nothing(who: str) -> None:
    item = stranger()
    employee("7", "Asha Nair", username="asha")

    response = client_of(boss()).post(item_url(item.key, "map"), {"who": who})

    assert response.status_code == 422
    assert not DeviceUser.objects.get().is_mapped


def test_people_whom_the_viewer_may_not_see_are_nowhere(settings: Any) -> None:
    asha, bilal = something_of_everything("7"), something_of_everything("8")
    items = [item for item in inbox().items if item.kind is not ItemKind.UNKNOWN_PERSON]
    hidden = [item for item in items if item.employee != str(asha.pk)]
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(asha.pk)}
    client = client_of(boss())

    for kind in ItemKind:
        assert "user-8" not in text(client.get(f"{LIST}?kind={kind}"))
    for item in hidden:
        for method in (client.get, client.post):
            assert method(item_url(item.key, item.actions[0].verb)).status_code == 404
    found = text(client.get(reverse("attendance_devices:review_people"), {"who": "user"}))
    assert "user-7" in found and "user-8" not in found
    assert bilal.username not in found
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("sees", [True, False])
def test_who_is_to_be_mapped_is_shown_here_to_whom_mapping_shows_it(sees: bool, settings: Any) -> None:
    stranger()
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = set()
    user = allowed(permissions.VIEW_PUNCHES, *([permissions.VIEW_DEVICE_USERS, permissions.MAP] if sees else []))
    client = client_of(user)

    review = client.get(f"{LIST}?kind=unknown_person")
    mapping = client.get(reverse("attendance_devices:mapping"))

    assert review.status_code == 200 and mapping.status_code == (200 if sees else 403)
    assert ("id 9, Gate" in text(mapping)) is sees
    assert [one.item.kind for one in review.context["waiting"].items] == [ItemKind.UNKNOWN_PERSON] * sees
    assert client.get(item_url(the(ItemKind.UNKNOWN_PERSON).key)).status_code == (200 if sees else 404)


def test_somebody_hidden_cannot_be_chosen() -> None:
    asha, bilal = employee("7", username="asha"), employee("8", username="bilal")
    stranger()
    item = the(ItemKind.UNKNOWN_PERSON)
    action = item.action("map")
    assert action is not None
    scope = VisibleEmployees(keys=frozenset({str(asha.pk)}))
    for data in ({"employee": str(bilal.pk)}, {"who": "bilal"}, {"who": str(bilal.pk)}):
        form = DecisionForm(item, action, scope, data)
        assert not form.is_valid() and not form.candidates
    assert DecisionForm(item, action, scope, {"who": "asha"}).is_valid()


def test_looking_changes_nothing() -> None:
    item = clock()
    client = client_of(boss())
    client.get(LIST)

    with nothing_is_written():
        for url in (LIST, f"{LIST}?kind=clock", item_url(item.key), item_url(item.key, "correct")):
            assert client.get(url).status_code == 200
            assert client.get(url, headers=HTMX).status_code == 200
            assert client.head(url).status_code == 200


def test_a_decision_needs_the_token_of_the_form() -> None:
    item = outlier()
    client = client_of(boss(), csrf=True)
    assert client.post(item_url(item.key, "acknowledge"), {"why": "x"}).status_code == 403
    assert inbox().total == 1


@pytest.mark.parametrize("kind", list(ItemKind))
def test_the_questions_do_not_grow_with_what_waits(kind: ItemKind, django_assert_max_num_queries: Any) -> None:
    for number in range(3):
        something_of_everything(str(number))
    # Two for who asks, two for what they may: the budget of a page is what it asks for itself.
    user = allowed(permissions.VIEW_PUNCHES, permissions.CORRECT, permissions.MAP, permissions.VIEW_DAYS)
    client = client_of(user)
    with django_assert_max_num_queries(16 + 4):
        client.get(f"{LIST}?kind={kind}")


def test_the_questions_of_many_items_are_those_of_few() -> None:
    client = client_of(boss())
    something_of_everything("1")
    counts = []
    for more in ((), ("2", "3", "4", "5", "6")):
        for key in more:
            something_of_everything(key)
        for kind in ItemKind:
            with CaptureQueriesContext(connection) as queries:
                client.get(f"{LIST}?kind={kind}")
            counts.append(len(queries))
    assert counts[: len(ItemKind)] == counts[len(ItemKind) :]


def test_a_kind_that_nobody_named_is_called_by_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    outlier()
    monkeypatch.setattr(page, "LABELS", {})
    assert "Outlier <" in text(client_of(boss()).get(LIST))


def test_a_punch_at_a_shift_with_a_slash_in_its_name_can_be_settled() -> None:
    user = employee("7", username="asha")
    day_of(user, is_outlier=True, outlier_reasons=["too long"], shift="Night / late? #1 & ünï")
    client = client_of(boss())

    said = text(client.get(LIST))
    links = [html.unescape(link) for link in re.findall(r'href="([^"]*do=acknowledge)"', said)]
    assert links and all(client.get(link).status_code == 200 for link in links)
    assert client.post(links[0], {"why": "x"}).status_code == 302
    assert inbox().total == 0
