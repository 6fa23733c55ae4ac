"""Change punches: `add_punch`, `void_punch`, `change_punch`, `undo_correction`, `accept_punches`; and requests."""
