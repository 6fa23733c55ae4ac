"""How each action of the inbox is carried out."""
