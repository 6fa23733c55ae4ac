"""What a terminal or a file says, when it happened, and how long it is kept."""
