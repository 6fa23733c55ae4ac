"""What waits for a person, as values."""

from attendance_devices.domain.review.items import Inbox, Item, ItemAction, ItemKind, OfferedAction, cause_of, key_of


def test_a_key_names_the_kind_and_the_row() -> None:
    assert key_of(ItemKind.CLOCK, 123) == "clock:123"
    assert key_of(ItemKind.OUTLIER, "u", "2024-01-08", "") == "outlier:u:2024-01-08:"


def test_another_cause_has_another_digest() -> None:
    assert cause_of("a", "b") == cause_of("a", "b")
    assert len({cause_of("a", "b"), cause_of("ab"), cause_of("b", "a"), cause_of()}) == 4


def test_an_item_knows_its_actions_by_name() -> None:
    ignore = OfferedAction(verb=ItemAction.IGNORE, label="", does="")
    item = Item(kind=ItemKind.CLOCK, key="clock:1", subject="", happened="", otherwise="", actions=(ignore,))

    assert (item.action("ignore"), item.action("accept")) == (ignore, None)


def test_the_total_counts_what_is_not_shown() -> None:
    assert Inbox(counts={ItemKind.CLOCK: 3, ItemKind.FAILED: 4}).total == 7
    assert Inbox().total == 0
