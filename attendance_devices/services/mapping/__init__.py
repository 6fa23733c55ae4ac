"""Map users of terminals to employees: `plan_mapping`, `map_users`, `assign`, `map_to_employee`, `release`."""
