"""Below another path, with a login of the host's own."""

from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = [
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("hr/people/attendance/", include("attendance_devices.urls")),
]
