"""The HR corner's pages."""

from django.urls import path

from example_project.hr import views

app_name = "hr"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("staff/", views.DashboardView.as_view(), name="dashboard"),
    path("staff/<int:pk>/", views.PersonView.as_view(), name="person"),
    path("my-month/", views.OwnMonthView.as_view(), name="own-month"),
]
