"""The CRM's models and columns: found by name or path, values converted for them, its code run in savepoints."""
