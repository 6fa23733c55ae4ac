"""Months and files of people: `months_of`, `people`, `take_out`."""
