"""The declared schedules: each names a task that there is, and a verb that there is."""

from importlib.util import find_spec

from attendance_devices import schedules, tasks


def test_every_schedule_calls_a_task_that_there_is() -> None:
    for one in [*schedules.SCHEDULES, *schedules.IF_THERE.values()]:
        assert one.func == f"{tasks.__name__}.{one.task}"
        assert callable(getattr(tasks, one.task))
        assert bool(one.minutes) is (one.at is None)


def test_every_schedule_has_a_key_of_its_own() -> None:
    keys = [one.key for one in [*schedules.SCHEDULES, *schedules.IF_THERE.values()]]
    assert len(set(keys)) == len(keys)


def test_what_calls_a_verb_is_declared_where_the_verb_is() -> None:
    declared = {one.key for one in schedules.SCHEDULES}
    for module, one in schedules.IF_THERE.items():
        assert (one.key in declared) is bool(find_spec(f"attendance_devices.services.{module}"))
