"""When a hint is looked up: at once, again if the log shows too little, and not for ever."""

from attendance_devices.services.live.backlog import Backlog

DELAYS = (0.2, 0.5)


def test_nothing_is_owed_before_the_first_hint() -> None:
    owed = Backlog(DELAYS)

    assert not owed.is_due(1e9)
    assert owed.wait(0.5, 7) == 0.5


def test_a_hint_is_looked_up_at_once() -> None:
    owed = Backlog(DELAYS)
    owed.hear(1, 7)

    assert owed.is_due(7)
    assert owed.wait(0.5, 7) == 0


def test_a_log_that_shows_all_ends_it() -> None:
    owed = Backlog(DELAYS)
    owed.hear(2, 7)
    owed.see(3, 7.1)

    assert not owed.is_due(1e9)


def test_a_log_that_shows_too_little_is_looked_at_again_and_then_no_more() -> None:
    owed = Backlog(DELAYS)
    owed.hear(2, 7)
    moments = []
    for _ in range(3):
        moments.append(owed.at)
        owed.see(0, owed.at or 0)

    assert moments == [7, 7.2, 7.7]
    assert not owed.is_due(1e9)
    assert owed.hints == 0


def test_a_hint_meanwhile_begins_anew() -> None:
    owed = Backlog(DELAYS)
    owed.hear(1, 7)
    owed.see(0, 7)
    owed.see(0, 7.2)
    owed.hear(1, 7.3)
    owed.see(1, 7.3)

    assert owed.at == 7.5


def test_the_wait_is_no_longer_than_until_the_next_look() -> None:
    owed = Backlog(DELAYS)
    owed.hear(1, 7)
    owed.see(0, 7)

    assert round(owed.wait(0.5, 7.15), 3) == 0.05
    assert owed.wait(0.5, 8) == 0


def test_a_look_that_failed_is_put_off_and_not_forgotten_whether_hinted_or_not() -> None:
    owed = Backlog(DELAYS)
    owed.put_off(9)

    assert not owed.is_due(8.9)
    assert owed.is_due(9)


def test_records_that_nobody_hinted_at_are_no_debt_of_the_terminal() -> None:
    owed = Backlog(DELAYS)
    owed.see(40, 7)
    owed.hear(1, 8)
    owed.see(0, 8)

    assert owed.at == 8.2
