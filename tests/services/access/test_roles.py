"""Ready-made groups, and what people did to them since.

Covers: services/access/permissions.
"""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, Permission

from attendance_devices.exceptions import RightsMissing
from attendance_devices.models import AuditEntry
from attendance_devices.services.access import permissions, roles
from attendance_devices.services.access.roles import ROLES, RoleState, install, role_statuses
from tests.builders.crm import census, employee, nothing_is_written

pytestmark = pytest.mark.django_db
VIEWER, OFFICER, TERMINALS = ROLES


def has(group: Group) -> set[str]:
    return {f"{app}.{code}" for app, code in group.permissions.values_list("content_type__app_label", "codename")}


def right(name: str) -> Permission:
    return Permission.objects.get(content_type__app_label="attendance_devices", codename=name.partition(".")[2])


def states() -> list[RoleState]:
    return [one.state for one in role_statuses()]


def test_three_groups_are_made_with_their_rights() -> None:
    assert states() == [RoleState.MISSING] * 3

    assert len(install()) == 3

    assert [(group.name, has(group)) for group in Group.objects.order_by("pk")] == [
        (role.name, set(role.rights)) for role in ROLES
    ]
    assert states() == [RoleState.INSTALLED] * 3


def test_who_is_in_a_group_may_do_what_it_says() -> None:
    install()
    user = employee("7")
    user.groups.add(Group.objects.get(name=OFFICER.name))
    assert (
        user.has_perm(permissions.CORRECT)
        and user.has_perm(permissions.EXPORT)
        and not user.has_perm(permissions.WRITE)
    )


def test_every_right_of_the_pages_is_in_one_of_the_roles() -> None:
    named = {value for name, value in vars(permissions).items() if name.isupper()}
    assert named <= {name for role in ROLES for name in role.rights}


def test_nobody_but_who_keeps_terminals_may_write_to_them() -> None:
    assert [role.key for role in ROLES if permissions.WRITE in role.rights] == ["terminals"]
    assert not [name for role in ROLES for name in role.rights if "delete_device" in name or "auth." in name]


def test_a_second_time_nothing_is_done() -> None:
    install()
    before = census()
    assert install() == []
    assert census() == before


def test_what_a_person_granted_stays_and_what_a_person_took_away_is_not_given_back() -> None:
    install()
    group = Group.objects.get(name=VIEWER.name)
    group.permissions.add(right(permissions.EXPORT))
    group.permissions.remove(right(permissions.VIEW_DAYS))

    assert install() == []

    assert has(group) == {permissions.VIEW_DASHBOARD, permissions.EXPORT}
    found = role_statuses()[0]
    assert (found.granted, found.taken) == ([permissions.EXPORT], [permissions.VIEW_DAYS])


def test_a_group_of_that_name_that_was_there_before_is_left_alone() -> None:
    own = Group.objects.create(name=VIEWER.name)

    assert len(install()) == 2

    assert has(own) == set()
    assert states() == [RoleState.BY_HAND, RoleState.INSTALLED, RoleState.INSTALLED]


def test_a_deleted_group_stays_deleted_until_it_is_wanted_again() -> None:
    install()
    Group.objects.filter(name=OFFICER.name).delete()

    assert install() == [] and states()[1] is RoleState.DELETED

    assert len(install(again=["officer"])) == 1
    assert has(Group.objects.get(name=OFFICER.name)) == set(OFFICER.rights)


def test_a_renamed_group_is_still_ours() -> None:
    install()
    Group.objects.filter(name=VIEWER.name).update(name="Reception")

    assert install() == []
    assert (role_statuses()[0].state, role_statuses()[0].group) == (RoleState.INSTALLED, "Reception")
    assert not Group.objects.filter(name=VIEWER.name).exists()


def test_a_newer_version_gives_only_what_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    install()
    group = Group.objects.get(name=VIEWER.name)
    group.permissions.remove(right(permissions.VIEW_DAYS))
    newer = replace(VIEWER, rights=(*VIEWER.rights, permissions.EXPORT))
    monkeypatch.setattr(roles, "ROLES", (newer,))

    assert role_statuses()[0].lacking == [permissions.EXPORT]
    assert install() == ["Attendance viewer was given 1 right."]

    assert has(group) == {permissions.VIEW_DASHBOARD, permissions.EXPORT}
    group.permissions.remove(right(permissions.EXPORT))
    assert install() == [] and has(group) == {permissions.VIEW_DASHBOARD}


def test_a_right_that_a_person_granted_before_it_was_ours_can_be_taken_away_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    install()
    group = Group.objects.get(name=VIEWER.name)
    group.permissions.add(right(permissions.EXPORT))
    monkeypatch.setattr(roles, "ROLES", (replace(VIEWER, rights=(*VIEWER.rights, permissions.EXPORT)),))
    install()

    group.permissions.remove(right(permissions.EXPORT))
    install()

    assert permissions.EXPORT not in has(group)


def test_the_trail_says_what_was_given() -> None:
    install()
    entries = list(AuditEntry.objects.order_by("pk"))
    assert [entry.subject for entry in entries] == ["viewer", "officer", "terminals"]
    assert entries[0].details["rights"] == sorted(VIEWER.rights)


def test_a_database_without_the_rights_is_told_to_migrate_and_nothing_is_made() -> None:
    Permission.objects.filter(codename="view_dashboard").delete()
    with pytest.raises(RightsMissing, match=r"view_dashboard: .* Run manage.py migrate"):
        install()
    assert not Group.objects.exists() and not AuditEntry.objects.exists()


def test_looking_writes_nothing() -> None:
    with nothing_is_written():
        role_statuses()
