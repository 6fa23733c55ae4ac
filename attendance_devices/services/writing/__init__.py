"""Writes to terminals, a file each: rehearsed with a dry run, allowed, audited, and verified."""
