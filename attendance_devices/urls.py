"""Addresses of this app. Mount them where you like::

path("attendance-devices/", include("attendance_devices.urls"))
"""

from django.urls import re_path

from attendance_devices.views.healthz import healthz

app_name = "attendance_devices"
urlpatterns = [
    # With and without the slash: a monitor must never be redirected.
    re_path(r"^healthz/?$", healthz, name="healthz"),
]
