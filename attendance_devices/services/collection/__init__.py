"""Terminal, file or table to log: `collect`, `import_log`, `store_punches`, `keep_device`, `rezone`."""
