"""Several workers at once: `leased`, `derive_lock`, `request_run`, `run_once`, `error_boundary`, `retry_on_outage`."""
