"""Our pages can be shown, or it is told at start why not."""

from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from attendance_devices.checks import check_pages
from attendance_devices.checks.pages import NEEDED, REQUEST


def told(settings: Any, **changes: Any) -> dict[str, tuple[str, str]]:
    """Id -> what is said, and its cure."""
    settings.ATTENDANCE_DEVICES = {**settings.ATTENDANCE_DEVICES, **changes}
    return {str(one.id).rpartition(".")[2]: (one.msg, str(one.hint)) for one in check_pages(None)}


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [str(tmp_path)]}]
    return tmp_path


def test_the_example_project_has_nothing_to_complain_about(settings: Any) -> None:
    assert told(settings) == {}


@pytest.mark.parametrize("name", sorted(NEEDED))
def test_e040_an_app_that_our_pages_need(settings: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    known = apps.is_installed
    monkeypatch.setattr(apps, "is_installed", lambda one: one != name and known(one))
    said, cure = told(settings)["E040"]
    assert name in said and cure == f'Write INSTALLED_APPS += ["{name}"].'


def test_e041_a_base_template_that_is_not_there(settings: Any) -> None:
    said, cure = told(settings, BASE_TEMPLATE="nowhere.html")["E041"]
    assert "'nowhere.html', which no template engine finds" in said and "Leave BASE_TEMPLATE out" in cure


def test_e041_a_base_template_that_cannot_be_read(settings: Any, folder: Path) -> None:
    (folder / "own.html").write_text("{% block content %}")
    said, cure = told(settings, BASE_TEMPLATE="own.html")["E041"]
    assert "cannot be read" in said and cure == "Correct own.html."


def test_e042_a_base_template_without_a_place_for_our_pages(settings: Any, folder: Path) -> None:
    (folder / "own.html").write_text("<html>{% block main %}{% endblock %}</html>")
    said, cure = told(settings, BASE_TEMPLATE="own.html")["E042"]
    assert "no block 'content'" in said and "{% block content %}" in cure


@pytest.mark.parametrize(
    "text",
    [
        "{% block content %}{% endblock %}",
        "{% block main %}<main>{% block content %}{% endblock %}</main>{% endblock %}",
        '{% extends "attendance_devices/base.html" %}',
        "{% extends which %}",
    ],
)
def test_a_base_template_may_have_the_block_anywhere(settings: Any, folder: Path, text: str) -> None:
    (folder / "own.html").write_text(text)
    assert told(settings, BASE_TEMPLATE="own.html") == {}


def test_e043_templates_that_do_not_know_the_request(settings: Any) -> None:
    engine = settings.TEMPLATES[0]
    processors = [name for name in engine["OPTIONS"]["context_processors"] if name != REQUEST]
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "context_processors": processors}}]
    said, cure = told(settings)["E043"]
    assert REQUEST in said and REQUEST in cure


def test_a_project_that_mounts_nothing_of_ours_hears_nothing(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.templatetags.no_urls"
    assert told(settings, BASE_TEMPLATE="nowhere.html") == {}
    del settings.ROOT_URLCONF
    assert check_pages(None) == []
