"""When it runs: `install` (rows of django-q2), `run_once_by_cron`, `run_turn` (a loop)."""
