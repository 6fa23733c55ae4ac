"""Addresses of the second host: its admin, and this app."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("attendance-devices/", include("attendance_devices.urls")),
    path("admin/", admin.site.urls),
]
