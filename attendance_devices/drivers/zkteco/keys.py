"""The comm key of a session, scrambled as terminals expect it."""

TICKS = 50
MAGIC = b"ZKSO"


def scrambled(key: int, session: int, ticks: int = TICKS) -> bytes:
    """The four bytes that authorise `session` (u16) with the numeric `key` (u32).

    Known from captured sessions: the key's bits reversed, plus the session, modulo 2^32 (large keys overflow, and the
    terminal lets them); XOR "ZKSO"; the two halves swapped; XOR the ticks, which also stand as the third byte.
    """
    reversed_key = int(f"{key & 0xFFFFFFFF:032b}"[::-1], 2)
    mixed = ((reversed_key + session) & 0xFFFFFFFF).to_bytes(4, "little")
    _, second, third, fourth = (byte ^ mask for byte, mask in zip(mixed, MAGIC, strict=True))
    return bytes((third ^ ticks, fourth ^ ticks, ticks, second ^ ticks))
