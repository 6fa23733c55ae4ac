"""How states, pages and files are shown: `badge_of`, `entries_for`, `spreadsheet_of`."""
