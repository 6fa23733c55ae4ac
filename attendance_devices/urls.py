"""Addresses of this app. Mount them where you like::

path("attendance-devices/", include("attendance_devices.urls"))
"""

from django.urls import path, re_path, register_converter

from attendance_devices.views import day, mine, people
from attendance_devices.views.converters import DayConverter
from attendance_devices.views.devices import act, device, devices, progress
from attendance_devices.views.healthz import healthz
from attendance_devices.views.mapping import mapping, plan, stranger
from attendance_devices.views.reports import reports, take
from attendance_devices.views.review import review, review_item, review_people
from attendance_devices.views.today import today
from attendance_devices.views.widget import widget

register_converter(DayConverter, "day")
app_name = "attendance_devices"
urlpatterns = [
    path("", today, name="today"),
    path("widget/", widget, name="widget"),
    path("people/", people.month, name="people"),
    path("people/<str:key>/", people.person, name="person"),
    path("people/<str:key>/<day:day>/", day.day, name="day"),
    path("people/<str:key>/<day:day>/corrections/<int:correction>/undo/", day.undo, name="undo"),
    path("people/<str:key>/<day:day>/requests/<int:asked>/", day.decide, name="decide"),
    path("mine/", mine.month, name="mine"),
    path("mine/<day:day>/", mine.day, name="my_day"),
    path("mine/requests/<int:asked>/withdraw/", mine.take_back, name="withdraw"),
    path("mapping/", mapping, name="mapping"),
    path("mapping/plan/", plan, name="mapping_plan"),
    path("mapping/<int:key>/", stranger, name="stranger"),
    path("devices/", devices, name="devices"),
    path("devices/act/", act, name="devices_act"),
    path("devices/progress/", progress, name="devices_progress"),
    path("devices/<int:key>/", device, name="device"),
    path("devices/<int:key>/progress/", progress, name="device_progress"),
    path("review/", review, name="review"),
    path("review/item/", review_item, name="review_item"),
    path("review/people/", review_people, name="review_people"),
    path("reports/", reports, name="reports"),
    path("reports/take/", take, name="take"),
    # With and without the slash: a monitor must never be redirected.
    re_path(r"^healthz/?$", healthz, name="healthz"),
]
