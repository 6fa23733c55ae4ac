"""The example CRM's own pages and the admin: this app brings none yet."""

from example_project.urls import urlpatterns

__all__ = ["urlpatterns"]
