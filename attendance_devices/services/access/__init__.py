"""Who may do what, who sees whom, and the audit trail: `scope_of`, `note`, `find_employees`, `install`."""
