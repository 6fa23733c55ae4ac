"""Run the whole pipeline: `run`, `preview` (the dry run), `reprocess`, `bring_days_up_to_date`."""
