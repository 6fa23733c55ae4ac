"""No secret reaches a log, a result or an answer, whoever writes it there."""

import io
import json
import logging
import logging.config
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from attendance_devices import conf, redaction
from attendance_devices.domain.results import CollectResult
from attendance_devices.models import Device, Incident, SyncRun
from attendance_devices.redaction import HIDDEN, Redacted, know, redacted
from attendance_devices.services.collection.collect import collect, collect_people
from attendance_devices.services.devices.addresses import address_of
from attendance_devices.services.monitoring.incidents import update_incidents
from attendance_devices.services.pipeline.dry_run import preview
from attendance_devices.services.pipeline.run import run
from attendance_devices.services.workers.isolation import error_boundary
from attendance_devices.simulators.zkteco import Profile
from tests.builders.crm import MONDAY, on_the_wall, people, setting, terminal

WRONG_KEY, PASSWORD, USERNAME, TOKEN = "48151623", "hush-hush!", "root-of-all", "the-token-of-the-monitor"
SECRETS = (WRONG_KEY, PASSWORD, USERNAME, TOKEN)


@pytest.fixture(autouse=True)
def nothing_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_known", set())


@contextmanager
def written(*, redact: bool = True) -> Iterator[tuple[logging.Logger, io.StringIO]]:
    """A logger of ours as the documentation sets it up, and what it wrote."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.Formatter("%(message)s"))
    if redact:
        handler.addFilter(Redacted())
    logger = logging.getLogger("attendance_devices.of_this_test")
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield logger, out
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)


CASES = [
    ("a pair", "login failed, password=abc123, port 4370", f"login failed, password={HIDDEN}, port 4370"),
    ("a comm key", "comm_key: 12", f"comm_key: {HIDDEN}"),
    ("in quotes with blanks", 'Comm Key = "a b c" refused', f"Comm Key = {HIDDEN} refused"),
    ("a dict", "{'password': 'abc', 'port': 1}", f"{{'password': {HIDDEN}, 'port': 1}}"),
    ("a longer name", "EMAIL_HOST_PASSWORD=abc", f"EMAIL_HOST_PASSWORD={HIDDEN}"),
    ("a header", "Authorization: Bearer abc.def-1", f"Authorization: {HIDDEN}"),
    ("a token alone", "sent Bearer abc.def-1", f"sent Bearer {HIDDEN}"),
    ("an address", "postgres://crm:abc@db/crm", f"postgres://crm:{HIDDEN}@db/crm"),
    ("words about keys", "it refused the comm key. Enter another.", "it refused the comm key. Enter another."),
    ("no secret", "Gate 1: 4711 punches, 3 new", "Gate 1: 4711 punches, 3 new"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
def test_what_stands_behind_a_name_of_a_secret_is_hidden(case: tuple[str, str, str]) -> None:
    _, text, expected = case
    assert redacted(text) == expected


def test_what_is_known_is_hidden_wherever_it_stands_as_a_word() -> None:
    know("481516", "77")

    assert redacted("packet 481516, 14815162 and 77 bytes") == f"packet {HIDDEN}, 14815162 and 77 bytes"


def test_the_secrets_of_the_settings_are_hidden(settings: Any) -> None:
    settings.SECRET_KEY = "a-key-of-django"
    settings.SALT_KEY = ["a-salt", "an-old-salt"]
    settings.EMAIL_HOST_PASSWORD = "a-mail-word"
    settings.ATTENDANCE_DEVICES = {"HEALTH_TOKEN": TOKEN, "NEW_USER_PASSWORD": "a-first-word"}

    for secret in ("a-key-of-django", "a-salt", "an-old-salt", "a-mail-word", TOKEN, "a-first-word"):
        assert redacted(f"it said {secret}.") == f"it said {HIDDEN}."


def test_a_record_loses_its_secrets_in_message_arguments_fields_and_traceback() -> None:
    know(WRONG_KEY)
    with written() as (logger, out):
        logger.warning("%s: password=%s", "Gate", PASSWORD)
        logger.warning("%(device)s with %(password)s", {"device": "Gate", "password": PASSWORD})
        logger.warning("%s", {"comm_key": WRONG_KEY})
        try:
            int(f"{WRONG_KEY}x {WRONG_KEY}")
        except ValueError:
            logger.exception("unexpected", stack_info=True)

    told = out.getvalue()
    assert "Gate: password=[hidden]" in told and f"Gate with {HIDDEN}" in told
    assert "Traceback" in told and "Stack" in told
    assert PASSWORD not in told and f" {WRONG_KEY}'" not in told


def test_fields_beside_the_message_are_cleaned_and_harmless_ones_kept() -> None:
    record = logging.makeLogRecord(
        {"msg": "read", "device": 7, "password": PASSWORD, "facts": {"token": 1, "new": 2}, "note": f"token={TOKEN}"}
    )

    assert Redacted().filter(record)

    assert (record.device, record.password) == (7, HIDDEN)  # type: ignore[attr-defined]
    assert record.facts == {"token": HIDDEN, "new": 2}  # type: ignore[attr-defined]
    assert record.note == f"token={HIDDEN}"  # type: ignore[attr-defined]


def test_a_record_without_secrets_is_left_as_it_is() -> None:
    try:
        raise ValueError("harmless")
    except ValueError as error:
        facts = {"msg": "%s read", "args": ("Gate",), "exc_info": (ValueError, error, error.__traceback__)}
        record = logging.makeLogRecord(facts)
    before = dict(vars(record))

    Redacted().filter(record)

    assert vars(record) == before


def test_arguments_that_do_not_fit_stop_no_log(capsys: pytest.CaptureFixture[str]) -> None:
    with written() as (logger, out):
        logger.warning("%d of %d, password=x", *["many"])

    assert out.getvalue() == f"%d of %d, password={HIDDEN}\n"


def test_the_documented_settings_work(capsys: pytest.CaptureFixture[str]) -> None:
    example = (redaction.__doc__ or "").split("LOGGING = ")[1]
    given = eval(example)  # our own documentation
    logger, handlers = logging.getLogger("attendance_devices"), list(logging.getLogger("attendance_devices").handlers)
    try:
        logging.config.dictConfig(given)
        logging.getLogger("attendance_devices.services.collection.collect").info("password=%s", PASSWORD)
    finally:
        logger.handlers, logger.level = handlers, logging.NOTSET
    assert capsys.readouterr().err == f"password={HIDDEN}\n"


def command(*words: str) -> str:
    """What it prints, and what it complains of."""
    out = StringIO()
    try:
        call_command(*words, stdout=out, stderr=out)
    except CommandError as error:
        return f"{out.getvalue()} {error}"
    return out.getvalue()


def broken(gate: Device) -> list[str]:
    """A defect whose exception tells the key."""
    errors: list[str] = []

    def defect() -> CollectResult:
        address = address_of(gate)
        raise ValueError(f"cannot pack {address.comm_key} for {address}")

    error_boundary("a defect", defect, CollectResult(device="Gate"), errors)
    assert "cannot pack" in errors[0]
    return errors


Door = Callable[[Device], object]
DOORS: dict[str, Door] = {
    "collect": lambda gate: collect(gate.pk),
    "collect people": lambda gate: collect_people(gate.pk),
    "run": lambda gate: run([gate], fetch=True, map_people=True, create=False, since=MONDAY),
    "preview": lambda gate: preview([gate], fetch=True, map_people=True, create=False, since=MONDAY),
    "address": lambda gate: [repr(address_of(gate)), str(address_of(gate)), repr(gate), str(gate)],
    "poll_devices": lambda gate: command("poll_devices"),
    "poll_devices as JSON": lambda gate: command("poll_devices", "--format", "json"),
    "map_and_fetch_attendance": lambda gate: command("map_and_fetch_attendance"),
    "its dry run": lambda gate: command("map_and_fetch_attendance", "--dry-run"),
    "test_device": lambda gate: command("test_device", "--all"),
    "test_device of an address": lambda gate: command(
        "test_device", "--ip", gate.address, "--port", str(gate.port), "--comm-key", WRONG_KEY
    ),
    "attendance_stats": lambda gate: command("attendance_stats", "--format", "json"),
    "healthz": lambda gate: (
        Client().get("/attendance-devices/healthz", headers={"Authorization": f"Bearer {TOKEN}"}).content
    ),
    "healthz with a wrong token": lambda gate: (
        Client().get("/attendance-devices/healthz", headers={"Authorization": f"Bearer {TOKEN}x"}).content
    ),
    "an exception that tells it": broken,
}


@pytest.mark.django_db
@pytest.mark.parametrize("door", DOORS)
def test_no_door_tells_a_wrong_secret(
    door: str, settings: Any, mailoutbox: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    settings.ATTENDANCE_DEVICES = setting(HEALTH_TOKEN=TOKEN, DEVICE_EMAIL_RECIPIENTS=["it@example.com"])
    caplog.set_level(logging.DEBUG)
    caplog.handler.addFilter(Redacted())
    machine = terminal(people(("7", "")), profile=Profile(comm_key=730517))
    secrets = {"comm_key": WRONG_KEY, "password": PASSWORD, "username": USERNAME}
    with on_the_wall(machine, **secrets) as gate:
        for _ in range(3):
            told = DOORS[door](gate)
        update_incidents()

    records = [str(vars(record)) + logging.Formatter().format(record) for record in caplog.records]
    rows = [str(row) for row in (*SyncRun.objects.values(), *Incident.objects.values())]
    state = [str(one) for one in Device.objects.values("last_error", "name")]
    letters = [str(letter.message()) for letter in mailoutbox]
    everything = "\n".join((repr(told), str(told), *records, *rows, *state, *letters))
    assert [secret for secret in SECRETS if secret in everything] == []
    if door == "collect":
        assert "it refused the comm key" in everything, "the door was reached"
        assert letters and rows and records


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["comm_key", "password"])
def test_a_secret_that_makes_no_sense_is_told_without_it(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    with on_the_wall(terminal(people(("7", ""))), **{kind: "hush-hush 99"}) as gate:
        result = collect(gate.pk)

    assert result.ok is (kind == "password"), result.error
    assert "hush" not in repr(result) + caplog.text + str(list(SyncRun.objects.values()))


@pytest.mark.parametrize("key", ["HEALTH_TOKEN", "NEW_USER_PASSWORD"])
def test_a_setting_that_is_wrong_is_told_without_its_secret(settings: Any, key: str) -> None:
    settings.ATTENDANCE_DEVICES = {key: ["hush-hush"]}

    (problem,) = conf.problems()

    assert problem == f"ATTENDANCE_DEVICES[{key!r}] cannot be list: a text is expected."
    with pytest.raises(ImproperlyConfigured) as caught:
        conf.load()
    assert "hush" not in str(caught.value)


@pytest.mark.django_db
def test_what_is_logged_of_a_read_has_fields_for_machines(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with on_the_wall(terminal(people(("7", "")))) as gate:
        collect(gate.pk)
    Device.objects.update(port=1)
    collect(gate.pk)

    fields = [(record.levelname, record.__dict__["device"], record.__dict__["new"]) for record in caplog.records]
    assert fields == [("INFO", gate.pk, 0)] * 2
    assert "nothing listens" in caplog.records[1].getMessage()
    assert json.dumps(caplog.records[0].__dict__["whole"]) == "true"
