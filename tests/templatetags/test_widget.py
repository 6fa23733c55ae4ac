"""``{% attendance_widget %}`` in a stranger's page: right without JavaScript, and never a figure that is not known."""

import re
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.core.cache import cache
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from attendance_devices.models import Device
from attendance_devices.services.days.derive import derive_pending
from tests.builders.crm import ZONE, employee, punched
from tests.builders.staff import gate, known, works

pytestmark = pytest.mark.django_db
ALL_DAY = "00:00-23:59"


def now():
    return datetime.now(ZONE)


def wall(minutes=0):
    """What a clock of the site showed so many minutes ago, but not yesterday."""
    return max(now() - timedelta(minutes=minutes), now().replace(hour=0, minute=0, second=0)).replace(
        tzinfo=None, microsecond=0
    )


@pytest.fixture(autouse=True)
def nothing_is_kept():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def ceo():
    user = employee("900", "Amara Okafor")
    user.user_permissions.add(Permission.objects.get(codename="view_dashboard"))
    return user


@pytest.fixture
def company():
    """Two gates that know three people; one of them came."""
    front, back = gate("Front"), gate("Back")
    works(ALL_DAY)
    users = [known("1", front), known("2", front), known("3", front, back)]
    punched(front, ("1", wall()))
    derive_pending()
    Device.objects.filter(pk=front.pk).update(last_sync=now())
    Device.objects.filter(pk=back.pk).update(last_sync=now() - timedelta(hours=30))
    return users


def shown(user, tag="{% attendance_widget %}", **more):
    request = RequestFactory().get("/crm/")
    request.user = user
    context = Context({"request": request, **more})
    return Template("{% load attendance_devices %}" + tag).render(context)


def figures(page):
    found = re.findall(r"<strong>(\d+)</strong> <span class=\"ad-label\">([^<]+)</span>", page)
    return {label: int(count) for count, label in found}


def test_it_shows_who_is_here_and_names_the_silent_gate(ceo, company):
    page = shown(ceo)
    found = figures(page)
    assert found.pop("on time") + found.pop("late") == 1
    assert found == {"absent": 1, "no data": 1, "not due yet": 0}
    assert "Back has been silent since" in page
    assert "1 person who uses it is shown as “no data”, not as absent." in page
    assert "?state=absent" in page
    assert 'hx-trigger="every 30s"' in page


def test_who_may_not_see_it_is_shown_nothing_at_all(company):
    assert shown(employee("901")).strip() == ""
    assert shown(AnonymousUser()).strip() == ""
    page = Template("{% load attendance_devices %}{% attendance_widget %}").render(Context({}))
    assert page.strip() == ""


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda: Device.objects.update(is_active=False), "No terminal is in use yet"),
        (lambda: Device.objects.update(last_sync=None), "No terminal was read yet"),
    ],
)
def test_what_nobody_knows_is_said_and_is_no_zero(ceo, spoil, words):
    gate("Front")
    spoil()
    page = shown(ceo)
    assert words in page
    assert figures(page) == {}


def test_a_site_without_a_terminal_says_so(ceo):
    page = shown(ceo)
    assert "No terminal is in use yet" in page
    assert figures(page) == {}


def test_a_site_whose_people_are_not_mapped_yet_says_so(ceo):
    gate("Front")
    Device.objects.update(last_sync=now())
    page = shown(ceo)
    assert "No terminal knows an employee yet" in page
    assert figures(page) == {}


def test_a_clockwork_that_stands_still_is_told_once_and_nobody_is_absent(ceo, company):
    Device.objects.update(last_sync=now() - timedelta(hours=30))
    page = shown(ceo)
    assert "No terminal has been read since" in page
    assert "silent since" not in page
    found = figures(page)
    assert (found["absent"], found["no data"]) == (0, 2)


def test_an_office_of_which_no_terminal_knows_anybody_has_no_figures(ceo, company):
    page = shown(ceo, '{% attendance_widget office="Atlantis" %}')
    assert "no terminal knows anybody yet" in page
    assert figures(page) == {}


def test_the_options_are_kept_in_the_address_that_is_asked_again(ceo, company):
    page = shown(ceo, '{% attendance_widget size="compact" refresh=60 title="Who is <here>?" %}')
    assert "Who is &lt;here&gt;?" in page
    assert 'hx-trigger="every 60s"' in page
    assert "size=compact&amp;refresh=60&amp;title=Who+is+%3Chere%3E%3F&amp;number=1" in page
    assert "Last arrivals" not in page
    assert "hx-get" not in shown(ceo, "{% attendance_widget refresh=0 %}")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ('size="huge"', "size is 'huge'"),
        ("refresh=1", "refresh is 1"),
        ('refresh="soon"', "soon"),
        ("refresh=-5", "-5"),
    ],
)
def test_an_option_that_cannot_be_is_refused_by_name(ceo, wrong, named):
    with pytest.raises(TemplateSyntaxError, match=f"attendance_widget: .*{named}"):
        shown(ceo, f"{{% attendance_widget {wrong} %}}")


def test_two_on_one_page_share_their_scripts_and_no_id(ceo, company):
    page = shown(ceo, '{% attendance_widget %}{% attendance_widget size="compact" %}')
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) == 14
    assert page.count("attendance.js") == 1
    assert page.count("attendance.css") == 1


def test_a_host_that_mounts_no_address_of_ours_has_no_links_and_no_polling(ceo, company, settings):
    settings.ROOT_URLCONF = "tests.templatetags.no_urls"
    page = shown(ceo)
    assert figures(page)["absent"] == 1
    assert "href" not in page.replace('<link rel="stylesheet" href', "")
    assert "hx-get" not in page


def test_names_lead_to_people_only_for_whoever_may_see_their_days(ceo, company):
    assert "/people/" not in shown(ceo)


def test_nothing_is_inline_and_names_are_escaped(ceo, company):
    company[0].first_name = "<b>Mallory"
    company[0].save()
    cache.clear()
    page = shown(ceo)
    assert "&lt;b&gt;Mallory" in page
    assert "<b>Mallory" not in page
    for word in (" style=", "<style", " onclick=", "hx-on", "js:"):
        assert word not in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_it_speaks_through_six_questions_at_most(ceo, company, django_assert_max_num_queries):
    shown(ceo)
    fresh = type(ceo).objects.get(pk=ceo.pk)
    with django_assert_max_num_queries(6):
        shown(fresh)
