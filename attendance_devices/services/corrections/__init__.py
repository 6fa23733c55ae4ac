"""What a person changes: `add_punch`, `void_punch`, `change_punch`, `undo`, `accept`; requests: `ask`, `grant`."""
