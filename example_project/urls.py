"""Where the example CRM's pages are."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

urlpatterns = [
    path("", include("example_project.hr.urls")),
    path("accounts/login/", LoginView.as_view(next_page="hr:home", redirect_authenticated_user=True), name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("attendance-devices/", include("attendance_devices.urls")),
    path("admin/", admin.site.urls),
    # The admin names no icon, and browsers then ask here.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("hr/icon.svg"))),
]
