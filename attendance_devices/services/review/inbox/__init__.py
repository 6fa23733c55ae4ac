"""The sources of the inbox, and `inbox`, which asks them."""
