"""Which employee a user of a terminal is: `propose`, `map_users`, `assign`, `identify`, `release`."""
