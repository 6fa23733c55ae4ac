"""What waits for a person: `inbox`, `waiting` (the page), `settle`."""
