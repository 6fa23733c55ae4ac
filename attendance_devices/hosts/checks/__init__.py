"""Mistakes in the settings, found at start: by the models alone, without the database."""
