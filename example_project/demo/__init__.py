"""The demo: the example CRM, three simulated terminals on loopback, and weeks of punches. ``make demo`` runs it."""
