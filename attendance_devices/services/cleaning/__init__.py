"""How old punches are found, judged and forgotten."""
