"""No login but that of the admin."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [path("admin/", admin.site.urls), path("attendance-devices/", include("attendance_devices.urls"))]
