"""Old punches: found, judged, forgotten."""
