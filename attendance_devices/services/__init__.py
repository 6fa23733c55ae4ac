"""The verbs: `collect`, `map_users`, `derive`, `post`, `probe`, `explain`. Doors call one of them and present."""
