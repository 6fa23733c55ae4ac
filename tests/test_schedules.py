"""The declared schedules: each names a task that there is."""

from attendance_devices import schedules, tasks


def test_every_schedule_calls_a_task_that_there_is() -> None:
    for one in schedules.SCHEDULES:
        assert one.func == f"{tasks.__name__}.{one.task}"
        assert callable(getattr(tasks, one.task))
        assert bool(one.minutes) is (one.at is None)


def test_every_schedule_has_a_key_of_its_own() -> None:
    keys = [one.key for one in schedules.SCHEDULES]
    assert len(set(keys)) == len(keys)
