"""What each action of the inbox does: one function for each verb that an item offers."""
