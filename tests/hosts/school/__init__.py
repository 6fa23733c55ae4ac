"""A school that opens one attendance a department and day, and ticks its teachers off below it."""
