"""Explain a day: `explain`, `explanation_text`; and what it would become: `foresee`."""
