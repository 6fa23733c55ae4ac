"""Which employee is which user of a terminal."""
