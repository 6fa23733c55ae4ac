"""Terminal, file or table to log: `collect`, `import_log`, `store_punches`, `save_device`, `apply_time_zone`."""
