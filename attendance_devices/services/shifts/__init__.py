"""Who works when: `read_shift_plan`, `read_calendar`, `shift_periods`; changed by `save_shift_row`, `fill_holidays`."""
