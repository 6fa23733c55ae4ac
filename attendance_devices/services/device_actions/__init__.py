"""What a person asks of a terminal: `launch`, `do` (jobs); the writes `set_clock`, `clear_log`, `restart`."""
