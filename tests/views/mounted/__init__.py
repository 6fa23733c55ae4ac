"""Hosts that mount our addresses in other ways."""
