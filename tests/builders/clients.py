"""Logged-in clients, and what a page says."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from tests.builders.crm import employee


def client_of(user: Any, *, csrf: bool = False) -> Client:
    client = Client(enforce_csrf_checks=csrf)
    client.force_login(user)
    return client


def allowed(*names: str) -> Any:
    """Somebody with these rights and no others."""
    user = employee("", username=f"with-{len(names)}")
    for name in names:
        app, _, code = name.partition(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=code))
    return user


def text(response: Any) -> str:
    return str(response.content.decode())
