"""Items about people whom somebody may not see are neither shown nor counted nor settled."""

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from attendance_devices.domain.review.items import Item, ItemAction, ItemKind
from attendance_devices.exceptions import ItemClosed
from attendance_devices.models import AuditEntry
from attendance_devices.services.access.visibility import VisibleEmployees, scope_of
from attendance_devices.services.review.decide import decide_item
from attendance_devices.services.review.inbox.items import find_item, inbox
from tests.builders.crm import host, setting
from tests.builders.inbox import boss, moment
from tests.builders.visibility import Sees, something_of_everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Any, Any]:
    return something_of_everything("7"), something_of_everything("8")


def test_the_test_has_an_item_of_each_kind_that_speaks_of_an_employee_or_a_terminal(two: Any) -> None:
    del two
    counts = inbox().counts
    assert counts == dict.fromkeys(ItemKind, 2)


def test_only_items_of_the_people_in_scope_are_told_and_counted(two: Any) -> None:
    asha, bilal = two
    found = inbox(scope=VisibleEmployees(keys=frozenset({str(asha.pk)})))

    assert found.items and {item.employee for item in found.items} == {str(asha.pk)}
    assert set(found.counts.values()) == {0, 1}
    assert found.total == len(found.items)
    assert found.counts[ItemKind.UNKNOWN_PERSON] == found.counts[ItemKind.QUARANTINE] == 0
    assert str(bilal.pk) not in {item.employee for item in found.items}


def test_who_stands_for_nobody_is_shown_by_right_and_not_by_scope(two: Any, settings: Any) -> None:
    asha, bilal = two
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(asha.pk)}
    asha.user_permissions.add(Permission.objects.get(codename="view_deviceuser"))
    may, may_not = (scope_of(get_user_model()._base_manager.get(pk=user.pk)) for user in two)
    stranger = item_of(ItemKind.UNKNOWN_PERSON)

    assert may == may_not, "they see the same people"
    assert inbox(scope=may).counts == inbox(scope=may_not).counts | {ItemKind.UNKNOWN_PERSON: 2}
    assert find_item(stranger.key, may) == stranger
    assert find_item(stranger.key, may_not) is None
    with pytest.raises(ItemClosed):
        decide_item(stranger.key, ItemAction.IGNORE, by=bilal)


def test_nothing_is_told_to_who_may_see_nobody(two: Any) -> None:
    del two
    assert inbox(scope=VisibleEmployees(keys=frozenset())).total == 0


def test_no_item_of_anybody_else_is_found_or_settled(two: Any, settings: Any) -> None:
    asha, _ = two
    settings.ATTENDANCE_DEVICES = setting(HOST=host(Sees))
    Sees.keys = {str(asha.pk)}
    scope, by = VisibleEmployees(keys=frozenset(Sees.keys)), boss()
    hidden = [
        item for item in inbox().items if item.employee != str(asha.pk) and item.kind is not ItemKind.UNKNOWN_PERSON
    ]
    assert len(hidden) == inbox().total - 6 - 2

    for item in hidden:
        assert find_item(item.key, scope) is None
        with pytest.raises(ItemClosed):
            decide_item(item.key, item.actions[0].verb, by=by, why="x", at=moment(3), employee=asha.pk)
    assert not AuditEntry.objects.exists()


def item_of(kind: ItemKind) -> Item:
    return next(item for item in inbox(kinds={kind}).items)


@pytest.mark.parametrize(
    ("kind", "verb"),
    [
        (ItemKind.CLOCK, ItemAction.ACCEPT),
        (ItemKind.CLOCK, ItemAction.VOID),
        (ItemKind.UNKNOWN_PERSON, ItemAction.IGNORE),
        (ItemKind.OUTLIER, ItemAction.ACKNOWLEDGE),
        (ItemKind.FAILED, ItemAction.ACKNOWLEDGE),
    ],
)
def test_each_decision_leaves_one_entry_in_the_trail(two: Any, kind: ItemKind, verb: ItemAction) -> None:
    del two
    item = item_of(kind)

    words = decide_item(item.key, verb, by=boss(), why="I looked")

    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.by_name, entry.words) == (f"review {verb}", "boss", words)
    assert entry.subject == item.subject
    assert entry.details["item"] == item.key
