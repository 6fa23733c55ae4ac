"""Do what a person asks of a terminal: `launch_jobs`, `run_job`; the writes `set_clock`, `clear_log`, `restart`."""
