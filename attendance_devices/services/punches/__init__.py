"""The log: `sort` and `store`, corrections applied, days to derive, sealed days, coverage of terminals."""
