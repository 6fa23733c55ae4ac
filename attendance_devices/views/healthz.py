"""``healthz``: how it stands, for a monitor: one JSON document, and a status code that says whether to wake somebody.

200: all well, or something that can wait. 503: an alarm, or the database does not answer. 401: say who you are.
403: you may not. Never a redirect to a login, never cached, and nothing is written.
"""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, transaction
from django.http import HttpRequest, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from attendance_devices import conf
from attendance_devices.domain.devices.health import Health, Level
from attendance_devices.domain.devices.incidents import IncidentState
from attendance_devices.services.monitoring.health import DeviceSurvey, SiteHealth, site_health

PERMISSION = "attendance_devices.view_device"
SCHEME = "Bearer "


@never_cache
@require_safe
@login_not_required
@transaction.non_atomic_requests
def healthz(request: HttpRequest) -> JsonResponse:
    """For whoever shows the token, or has the permission to see terminals."""
    try:
        refused = _refused(request)
        return refused or _answer(site_health())
    except DatabaseError:
        return _bare("The database does not answer.")
    except ImproperlyConfigured:
        return _bare("The settings are wrong; 'manage.py check' tells more.")


def _refused(request: HttpRequest) -> JsonResponse | None:
    if _shows_token(request):
        return None
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        message = "Log in, or send the header 'Authorization: Bearer' with the HEALTH_TOKEN of the settings."
        return JsonResponse({"error": message}, status=401, headers={"WWW-Authenticate": SCHEME.strip()})
    if not user.has_perm(PERMISSION):
        return JsonResponse({"error": f"The permission {PERMISSION} is missing."}, status=403)
    return None


def _shows_token(request: HttpRequest) -> bool:
    token, given = conf.load().health_token, request.headers.get("Authorization", "")
    return bool(token) and given.startswith(SCHEME) and constant_time_compare(given.removeprefix(SCHEME), token)


def _bare(error: str) -> JsonResponse:
    return JsonResponse({"status": Level.ALARM, "error": error}, status=503)


def _answer(found: SiteHealth) -> JsonResponse:
    values = {
        "status": found.level,
        "at": found.survey.at,
        "database": Level.OK,
        "clockwork": _clockwork(found.survey),
        "days_pending": found.days_pending,
        "rows_failed": found.rows_failed,
        "incidents": [{"kind": one.kind, "device": one.device_id, "since": one.opened_at} for one in found.incidents],
        "devices": [_device(one) for one in found.survey.devices],
    }
    return JsonResponse(values, status=503 if found.level is Level.ALARM else 200)


def _clockwork(survey: DeviceSurvey) -> dict[str, Any]:
    still = survey.standstill
    return {
        "level": Level.ALARM if still.state is IncidentState.BAD else Level.OK,
        "words": still.words,
        "last_beat": survey.last_beat,
        "last_read": survey.last_attempt,
    }


def _device(health: Health) -> dict[str, Any]:
    """No address, and no error: that may name one."""
    vitals = health.vitals
    return {
        "id": vitals.key,
        "device": vitals.device,
        "active": vitals.is_active,
        "level": health.level,
        "last_contact": vitals.last_contact,
        "silent_since": health.silent_since,
        "failures": vitals.failures,
        "drift_seconds": None if vitals.drift is None else vitals.drift.total_seconds(),
        "records": vitals.records,
        "capacity": vitals.capacity,
        "used": vitals.used,
        "days_until_full": vitals.days_until_full,
        "last_compared": vitals.last_compared,
        "coverage": vitals.coverage,
        "signs": [{"about": one.about, "level": one.level, "words": one.words} for one in health.signs],
    }
