"""A host that mounts none of our addresses."""

urlpatterns = []
