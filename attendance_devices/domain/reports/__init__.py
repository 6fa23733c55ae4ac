"""What the days of a month add up to."""
