"""Old punches go: `plan_clean_up`, `clean_up`."""
