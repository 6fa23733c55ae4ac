"""A host that had no attendance table, and inherited ours."""
