"""Bytes of a terminal become values. One folder a vendor; `base` is the contract, `registry` finds the driver."""
