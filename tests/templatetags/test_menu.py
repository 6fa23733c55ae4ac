"""The menu says where somebody is: on a page of it, below one, or elsewhere.

Covers: services/display/navigation.
"""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from tests.builders.crm import employee

ROOT = "/attendance-devices/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("", [("page", "")]),
        ("people/", [("page", "people/")]),
        ("people/{key}/", [("true", "people/")]),
        ("people/{key}/2026-01-05/", [("true", "people/")]),
        ("mine/", [("page", "mine/")]),
        ("mine/2026-01-05/", [("true", "mine/")]),
    ],
    ids=["today", "a page", "a page below it", "two below it", "the last of them", "a day of one's own"],
)
def test_one_entry_is_marked(address: str, marked: list[tuple[str, str]]) -> None:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss"))

    page = client.get(ROOT + address.format(key=employee("7").pk)).content.decode()

    assert re.findall(rf'<li><a href="{ROOT}([^"]*)" aria-current="(\w+)">', page) == [
        (entry, how) for how, entry in marked
    ]
