"""Several workers at once: `leased`, `alone`, `ask` and `do`, `attempted`, `insist`, `beat`."""
