"""What the commands print: lines for people, values for machines."""
