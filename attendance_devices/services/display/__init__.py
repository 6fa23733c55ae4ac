"""How states, pages and files are shown: `mark_of`, `entries_for`, `sheet_of`."""
