"""What tests build: people, terminals, logs, days, servers. Test modules import from here, not from one another."""
