"""Real clusters, real terminals on loopback, a database of their own: see `harness`."""
