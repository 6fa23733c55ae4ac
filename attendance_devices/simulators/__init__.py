"""Terminals that speak the real protocols on real sockets, hold what you declare, and fail when asked to."""
