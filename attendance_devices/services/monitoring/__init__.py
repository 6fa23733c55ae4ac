"""Is it well, and who is mailed: `site_health`, `update_incidents`, `send_digest`, `collect_stats`."""
