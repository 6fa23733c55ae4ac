"""When it runs: `install` (rows of django-q2), `make_round` (cron), `turn` (a loop)."""
