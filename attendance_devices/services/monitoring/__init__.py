"""Is it well, and who is told: `site_health`, `look_after` (incidents), `send_digest`, `stats`."""
