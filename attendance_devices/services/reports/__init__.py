"""Reports of months and exports of people, days and punches: `months_of`, `list_people`, `export_rows`."""
