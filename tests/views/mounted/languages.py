"""Below the code of a language."""

from django.conf.urls.i18n import i18n_patterns
from django.contrib.auth.views import LoginView
from django.urls import include, path

urlpatterns = i18n_patterns(
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("attendance-devices/", include("attendance_devices.urls")),
)
