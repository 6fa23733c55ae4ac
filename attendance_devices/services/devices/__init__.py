"""How a stored device is reached and when: `address_of`, `tick`, `probe`, `zone_of`."""
