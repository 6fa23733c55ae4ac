"""The example CRM's own pages and the admin, and this app."""

from example_project.urls import urlpatterns

__all__ = ["urlpatterns"]
