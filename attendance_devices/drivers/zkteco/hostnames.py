"""What may be called an address: an IP address or a host name, read in one way only."""

import ipaddress
import re

from attendance_devices.exceptions import AddressInvalid

LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
SCOPE = re.compile(r"[A-Za-z0-9._-]{0,64}")
NUMBER = re.compile(r"\d+|0[xX][0-9A-Fa-f]*")
"""A name that ends in a number is read as an address by old rules: 10.1 is 10.0.0.1, and 010.0.0.1 is 8.0.0.1."""


def checked_host(host: str) -> str:
    """`host` if it is an IP address or a host name and nothing else. Raises `AddressInvalid`."""
    address, _, scope = host.partition("%")
    try:
        ipaddress.ip_address(address)
        good = SCOPE.fullmatch(scope) is not None
    except ValueError:
        labels = host.removesuffix(".").split(".")
        good = len(host) <= 253 and all(LABEL.fullmatch(label) for label in labels) and not NUMBER.fullmatch(labels[-1])
    if not good:
        raise AddressInvalid(f"{host!r:.80}", "is neither an IP address nor a host name")
    return host
