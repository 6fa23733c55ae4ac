"""Values and pure rules: no Django, no clock, no settings, no database. Zone, shift and time come as arguments."""
