"""What the punches of a day mean: the rules that derive a row and answer "why?"."""
