"""What waits for a person, and in which words."""
