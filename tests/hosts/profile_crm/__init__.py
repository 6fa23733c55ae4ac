"""A CRM whose attendance hangs on a profile, with UUID keys, naive times, and logic in ``save()``."""
