"""No login at all: people come in by another way."""

from django.urls import include, path

urlpatterns = [path("attendance-devices/", include("attendance_devices.urls"))]
