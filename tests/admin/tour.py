"""Opens every page of our admin, in a process of its own, and prints each address with its answer as JSON."""

import json
import sys
from collections.abc import Iterator

import django
from django.test.utils import get_runner, setup_test_environment


def pages() -> Iterator[tuple[str, object]]:
    """Each list, form, history, and the pages of files; a table is uploaded and confirmed, too."""
    from django.apps import apps
    from django.contrib.auth import get_user_model
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.test import Client
    from django.urls import NoReverseMatch, reverse

    from tests.admin.rows import fill

    fill(3)
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss", password="x"))
    yield "index", client.get(reverse("admin:index"))
    for model in apps.get_app_config("attendance_devices").get_models():
        name = model._meta.model_name
        for kind, arguments in [
            ("changelist", []),
            ("add", []),
            ("import", []),
            ("export", []),
            ("change", [model.objects.first().pk]),
            ("history", [model.objects.first().pk]),
        ]:
            try:
                address = reverse(f"admin:attendance_devices_{name}_{kind}", args=arguments)
            except NoReverseMatch:
                continue
            yield f"{name} {kind}", client.get(address)
        try:
            yield f"{name} file", client.post(reverse(f"admin:attendance_devices_{name}_export"), {"format": "0"})
        except NoReverseMatch:
            continue
    upload = SimpleUploadedFile("table.csv", b"date,name\n2030-01-01,New Year\n,\n")
    preview = client.post(reverse("admin:attendance_devices_holiday_import"), {"import_file": upload, "resource": "0"})
    yield "holiday preview", preview
    hidden = preview.context["confirm_form"].initial
    yield "holiday stored", client.post(reverse("admin:attendance_devices_holiday_process_import"), hidden, follow=True)
    wrong = SimpleUploadedFile("table.csv", b"date,name\nnever,New Year\n")
    yield (
        "holiday wrong",
        client.post(reverse("admin:attendance_devices_holiday_import"), {"import_file": wrong, "resource": "0"}),
    )


def main() -> None:
    """Prints {page: [status, content]}."""
    django.setup()
    from django.conf import settings

    setup_test_environment()
    runner = get_runner(settings)(verbosity=0)
    databases = runner.setup_databases()
    found = {name: [answer.status_code, answer.content.decode("utf-8", "replace")] for name, answer in pages()}
    runner.teardown_databases(databases)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
