"""Derive work days from punches: `derive`, `derive_pending`, `note_missing_days`."""
