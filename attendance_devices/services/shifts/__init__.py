"""Who works when: `rota`, `read_almanac`, `duties`; changed by `save`, `delete`, `fill_holidays`."""
