"""Text for times and files that every part needs; imports nothing."""
