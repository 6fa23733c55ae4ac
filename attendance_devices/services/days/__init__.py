"""Punches become work days: `derive`, `derive_pending`, `call_roll`."""
