"""The demo's people, as the CRM gets them."""

from io import StringIO

import pytest
from django.core.management import call_command

from example_project.demo.staff import BOOTCAMP, CEO, LOGINS, STAFF, Key, at
from example_project.hr.models import CustomUser, Department, Designation, Office

pytestmark = pytest.mark.django_db


def seed(**options):
    out = StringIO()
    call_command("seed_crm", stdout=out, **options)
    return out.getvalue()


def rows():
    fields = [field.attname for field in CustomUser._meta.concrete_fields if field.name != "password"]
    return [
        list(model.objects.order_by("pk").values_list(*names))
        for model, names in ((CustomUser, fields), (Office, []), (Department, []), (Designation, []))
    ]


def test_the_seed_creates_offices_and_people():
    assert seed() == "36 people created, 0 were there.\n"
    assert list(Office.objects.values_list("name", flat=True)) == ["Ace Track", "Bootcamp", "DOS Attendance"]
    assert CustomUser.objects.count() == len(STAFF) == 36


def test_seeding_again_changes_nothing():
    seed(password="open sesame")
    before = rows()
    assert seed(password="open sesame") == "0 people created, 36 were there.\n"
    assert rows() == before


def test_an_edit_made_since_is_kept():
    seed()
    CustomUser.objects.filter(username="priya.nair").update(biometric_id="4711", last_name="Menon")
    seed()
    assert CustomUser.objects.filter(username="priya.nair", biometric_id="4711", last_name="Menon").count() == 1


@pytest.mark.parametrize("person", STAFF, ids=lambda person: person.username)
def test_a_person_is_found_by_exactly_their_key(person):
    seed(verbosity=0)
    found = {
        str(key)
        for key in (Key.BIOMETRIC, Key.EMPLOYEE, Key.USERNAME)
        if CustomUser.objects.filter(**{key: person.terminal_id}).exists()
    }
    assert found == ({str(person.key)} if person.key else set())
    if person.key:
        assert CustomUser.objects.get(**{person.key: person.terminal_id}).username == person.username


def test_every_key_occurs_and_some_people_have_none():
    assert {person.key for person in STAFF} == set(Key)


def test_only_the_named_logins_get_the_password():
    seed(password="open sesame")
    able = {user.username for user in CustomUser.objects.all() if user.has_usable_password()}
    assert able == set(LOGINS)
    assert all(user.check_password("open sesame") for user in CustomUser.objects.filter(username__in=LOGINS))


def test_nobody_can_log_in_without_a_password_given():
    seed()
    assert not any(user.has_usable_password() for user in CustomUser.objects.all())


def test_only_the_ceo_reaches_the_admin():
    seed()
    assert [user.username for user in CustomUser.objects.filter(is_superuser=True)] == [CEO.username]
    assert CustomUser.objects.filter(is_staff=True).count() == 1


def test_user_names_and_ids_are_unique():
    assert len({person.username for person in STAFF}) == len(STAFF)
    assert len({person.terminal_id for person in STAFF}) == len(STAFF)


def test_ids_fit_what_their_terminal_can_store():
    assert all(len(person.terminal_id) <= 9 for person in STAFF)
    assert all(person.terminal_id.isdecimal() for person in at(BOOTCAMP))
