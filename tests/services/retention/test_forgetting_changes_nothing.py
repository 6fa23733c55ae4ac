"""With any retention the CRM's rows are those without one, whenever it is cleaned up."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.apps import apps
from django.test import override_settings
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from attendance_devices import conf
from attendance_devices.domain.punches.punch import Batch, Punch
from attendance_devices.models import (
    Device,
    ESSLAttendanceLog,
    ForgottenPunch,
    PendingDay,
    ProcessedAttendance,
    SealedDay,
)
from attendance_devices.models.logs import Source
from attendance_devices.services.days.absences import AbsenceScope, note_missing_days
from attendance_devices.services.days.derive import derive_pending
from attendance_devices.services.pipeline.reprocess import ReprocessScope, reprocess
from attendance_devices.services.posting.post import post
from attendance_devices.services.punches.store import receipt_now, store
from attendance_devices.services.retention.clean_up import clean_up, plan_clean_up
from tests.builders.crm import MONDAY, device, employee, examples, mapped, setting
from tests.builders.old_days import LONG_AGO, it_is, standing
from tests.builders.staff import works

ZONES = ("Europe/Dublin", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati", "Pacific/Pago_Pago")
SPAN = 14
"""Days on which somebody punches."""
LAST = MONDAY + timedelta(days=SPAN)
Shown = tuple[int, int, int]
"""Day, quarter of an hour, terminal."""
punches = st.lists(
    st.tuples(st.integers(0, SPAN - 1), st.integers(0, 95), st.integers(0, 1)), min_size=1, max_size=30, unique=True
)


def log(door: int, shown: Sequence[Shown], until: int) -> list[Punch]:
    """All that a terminal holds at the end of that day, in the order of its log."""
    start = datetime.combine(MONDAY, time(0))
    held = sorted((day, quarter) for day, quarter, at in shown if at == door and day <= until)
    return [
        Punch(biometric_id="7", device_time=start + timedelta(days=day, minutes=15 * quarter)) for day, quarter in held
    ]


class ForgettingChangesNothing(TestCase):
    """For any punches, any retention, one zone or two, and any days on which it is cleaned up."""

    @settings(max_examples=examples(5), suppress_health_check=[HealthCheck.too_slow])
    @given(
        shown=punches,
        keep=st.integers(1, 8),
        zones=st.one_of(
            st.sampled_from(ZONES).map(lambda zone: (zone, zone)), st.tuples(*[st.sampled_from(ZONES)] * 2)
        ),
        hours=st.sampled_from(["", "09:00-17:00", "22:00-06:00"]),
        nights=st.sets(st.integers(5, SPAN - 1), max_size=3),
    )
    @example(  # a punch that belongs to the day before yesterday, by the other terminal's zone, comes after a clean-up
        shown=[(6, 83, 1), (8, 24, 0), (0, 0, 0)],
        keep=1,
        zones=("Pacific/Kiritimati", "America/New_York"),
        hours="22:00-06:00",
        nights={5, 7},
    )
    def test_whenever_it_is_cleaned_up(
        self, shown: list[Shown], keep: int, zones: Sequence[str], hours: str, nights: set[int]
    ) -> None:
        asha = employee("7")
        doors = [device("Gate", timezone=zones[0]), device("Exit", timezone=zones[1])]
        for door in doors:
            mapped(door, "7", asha)
        if hours:
            works(hours)
        for day in sorted(nights):
            self.lives(doors, shown, day)
            self.clean(keep, MONDAY + timedelta(days=day))
        self.lives(doors, shown, SPAN)
        with_it = standing()
        self.clean(keep, LAST + timedelta(days=60))
        assert not ESSLAttendanceLog.objects.exists(), "in the end nothing holds them back"
        self.lives(doors, shown, SPAN)
        reprocess(ReprocessScope(since=MONDAY, until=LAST, force=True))
        assert standing() == with_it

        self.start_again()
        self.lives(doors, shown, SPAN)
        assert standing() == with_it

    def lives(self, doors: Sequence[Device], shown: Sequence[Shown], until: int) -> None:
        """One evening: whole logs are read, who is missing is called, days are derived and told."""
        for number, door in enumerate(doors):
            door.refresh_from_db()
            store(door, Batch(punches=log(number, shown, until), cursor={}), receipt_now(Source.POLL))
        Device.objects.update(last_sync=datetime.combine(LAST, time(0), tzinfo=UTC) + timedelta(days=9))
        derive_pending()
        note_missing_days(AbsenceScope(since=MONDAY, until=MONDAY + timedelta(days=until)))
        derive_pending()
        post(since=LONG_AGO)

    def clean(self, keep: int, day: date) -> None:
        evening = it_is(datetime.combine(day, time(18), tzinfo=UTC))
        with override_settings(ATTENDANCE_DEVICES=setting(KEEP_PUNCHES_DAYS=keep)), evening:
            plan = plan_clean_up()
            assert clean_up() == plan

    def start_again(self) -> None:
        """Without a retention."""
        for model in (SealedDay, ForgottenPunch, PendingDay, ESSLAttendanceLog, ProcessedAttendance):
            model.objects.all().delete()
        apps.get_model(conf.load().attendance_model).objects.all().delete()
        Device.objects.update(forgets_with="", first_shown=None)
