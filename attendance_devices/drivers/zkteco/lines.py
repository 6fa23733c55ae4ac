"""A file of text as numbered lines of bytes, one chunk at a time, whatever its encoding and its line ends."""

import codecs
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

LONGEST = 4_096
"""Bytes of a line; a real one has some fifty. A longer one is handed out in pieces."""
PADDING = b" \0\x1a\x0b\x0c"
"""Around lines and at the end of files: blanks, the NULs of a block that was not filled, the end mark of DOS."""
BLANK = PADDING + b"\t"
"""A line of nothing else is empty. A tab at an end may stand for a column that is."""
SNIFFED = 1_024
SAMPLE = "0123456789 :-/+\t\r\n"
WIDE = ("utf-16", "utf-32")
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class TextLine(NamedTuple):
    """A line that is not empty."""

    number: int
    """From 1."""
    raw: bytes
    """Without its end and its padding."""
    is_piece: bool
    """Part of a line that is too long to be one?"""


def sniffed(start: bytes) -> str:
    """The encoding that the first bytes of a file show: by its mark, or by the zeros between the digits of UTF-16."""
    for bom, name in BOMS:
        if start.startswith(bom):
            return name
    sample = start[:SNIFFED]
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    if max(zeros) * 4 > len(sample) and min(zeros) * 10 < max(zeros):
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    return "utf-8"


def known(encoding: str) -> str:
    """The encoding of this name as `numbered` takes it. Raises `ValueError` for what a file of lines cannot be in."""
    try:
        name = codecs.lookup(encoding).name.removesuffix("-sig")
        if SAMPLE.encode(name) == SAMPLE.encode("ascii") or name.startswith(WIDE):
            return name
    except (LookupError, ValueError):
        pass
    message = f"{encoding!r} is no encoding of such a file; give one such as utf-8, utf-16, cp1256, cp1252 or gbk"
    raise ValueError(message)


def settled(encoding: str, start: bytes) -> str:
    """Of a wide encoding, its order of bytes too, as the first bytes of the file show it."""
    if encoding == "utf-32":
        return "utf-32-be" if start.startswith(codecs.BOM_UTF32_BE) else "utf-32-le"
    if encoding == "utf-16":
        return "utf-16-be" if sniffed(start) == "utf-16-be" else "utf-16-le"
    return encoding


def is_wide(encoding: str) -> bool:
    """Are digits, tabs and line ends other bytes than in ASCII?"""
    return encoding.startswith(WIDE)


def numbered(chunks: Iterable[bytes], encoding: str) -> Iterator[TextLine]:
    """The lines that are not empty; those of a wide encoding come in UTF-8. Memory does not grow with the file.

    :param encoding: as `known` spells it. The first of the chunks holds the whole mark of an encoding, if there is one.
    """
    return _lines(_in_utf8(chunks, encoding) if is_wide(encoding) else _without_mark(chunks))


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for number, chunk in enumerate(chunks):
        yield chunk if number else chunk.removeprefix(codecs.BOM_UTF8)


def _in_utf8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """What cannot be decoded comes as the bytes that it was, spelled out."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="backslashreplace")
    texts = chain((decoder.decode(chunk) for chunk in chunks), (decoder.decode(b"", final=True) for _ in "."))
    for number, text in enumerate(texts):
        whole = text.removeprefix("\ufeff") if not number else text
        yield whole.encode("utf-8", errors="backslashreplace")


def _lines(chunks: Iterable[bytes]) -> Iterator[TextLine]:
    number, rest, is_long = 1, b"", False
    for chunk in chain(chunks, (None,)):
        ready = (rest + (chunk or b"")).splitlines(keepends=True)
        # Of the last one nobody knows where it ends: a \r may have its \n in the next chunk.
        rest = ready.pop() if ready and chunk is not None and not ready[-1].endswith(b"\n") else b""
        for line in ready:
            yield from _cut(number, line.rstrip(b"\r\n"), is_long=is_long)
            number, is_long = number + 1, False
        while len(rest) > LONGEST:
            yield from _cut(number, rest[:LONGEST], is_long=True)
            rest, is_long = rest[LONGEST:], True


def _cut(number: int, line: bytes, *, is_long: bool) -> Iterator[TextLine]:
    is_long = is_long or len(line) > LONGEST
    for start in range(0, len(line), LONGEST):
        piece = line[start : start + LONGEST]
        if piece.strip(BLANK):
            yield TextLine(number, piece.strip(PADDING), is_long)
