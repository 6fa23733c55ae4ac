"""Judges whether our pages can be shown: the frame they stand in, and the apps that they are made with."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.template import Template, TemplateDoesNotExist, TemplateSyntaxError, engines
from django.template.loader import get_template
from django.template.loader_tags import BlockNode, ExtendsNode
from django.urls import NoReverseMatch, reverse

from attendance_devices import conf
from attendance_devices.hosts.checks.faults import Fault, line_to_paste

BLOCK = "content"
NEEDED = {
    "django.contrib.staticfiles": "our style sheet and scripts",
    "django_htmx": "the parts of pages that refresh themselves",
    "django_filters": "the filters above our tables",
    "django_tables2": "our tables",
}
REQUEST = "django.template.context_processors.request"


def page_faults(given: conf.Settings) -> Iterator[Fault]:
    """None where the project does not mount our addresses: it shows no page of ours."""
    if not are_mounted():
        return
    yield from _app_faults()
    yield from _frame_faults(given.base_template)
    yield from _context_faults()


def are_mounted() -> bool:
    """Does the project show our pages?"""
    if not getattr(settings, "ROOT_URLCONF", ""):
        return False
    try:
        reverse("attendance_devices:today")
    except NoReverseMatch:
        return False
    return True


def _app_faults() -> Iterator[Fault]:
    for name, what in NEEDED.items():
        if not apps.is_installed(name):
            message = f"{name} is not in INSTALLED_APPS, and our pages are mounted: it is needed for {what}."
            yield Fault(code="E040", message=message, hint=f'Write INSTALLED_APPS += ["{name}"].')


def _frame_faults(name: str) -> Iterator[Fault]:
    usual = f"Leave BASE_TEMPLATE out, or {line_to_paste('BASE_TEMPLATE', repr('base.html'))}, a template of yours"
    try:
        found: Any = get_template(name)
    except TemplateDoesNotExist:
        message = f"ATTENDANCE_DEVICES['BASE_TEMPLATE'] is {name!r}, which no template engine finds."
        yield Fault(code="E041", message=message, hint=f"{usual}.")
        return
    except TemplateSyntaxError as error:
        message = f"ATTENDANCE_DEVICES['BASE_TEMPLATE'] is {name!r}, which cannot be read: {error}."
        yield Fault(code="E041", message=message, hint=f"Correct {name}.")
        return
    if not isinstance(found.template, Template):
        message = f"ATTENDANCE_DEVICES['BASE_TEMPLATE'] is {name!r}, which is no template of Django's own language."
        yield Fault(code="E041", message=message, hint=f"{usual} in that language.")
    elif BLOCK not in blocks_of(found.template):
        message = (
            f"ATTENDANCE_DEVICES['BASE_TEMPLATE'] is {name!r}, which has no block {BLOCK!r}: our pages stay empty."
        )
        hint = f"Write {{% block {BLOCK} %}}{{% endblock %}} where our pages shall stand."
        yield Fault(code="E042", message=message, hint=hint)


def blocks_of(template: Any) -> set[str]:
    """The blocks that a template has, by itself or from those that it extends as far as they are named literally."""
    names = {str(node.name) for node in template.nodelist.get_nodes_by_type(BlockNode)}
    for node in template.nodelist.get_nodes_by_type(ExtendsNode):
        parent = node.parent_name
        if parent.filters or not isinstance(parent.var, str):
            # Which one it will be is known only when a page is shown.
            return {*names, BLOCK}
        try:
            names |= blocks_of(template.engine.get_template(parent.var))
        except (TemplateDoesNotExist, TemplateSyntaxError):
            continue
    return names


def _context_faults() -> Iterator[Fault]:
    """Navigation and tables ask the request who looks, and at which page."""
    for engine in engines.all():
        options = getattr(engine, "engine", None)
        processors = getattr(options, "context_processors", None)
        if processors is not None and REQUEST not in processors:
            message = f"The template engine {engine.name!r} lacks the context processor {REQUEST}: our pages need it."
            hint = f'In TEMPLATES, write OPTIONS["context_processors"] += ["{REQUEST}"].'
            yield Fault(code="E043", message=message, hint=hint)
