"""The base of all errors of this app."""

from typing import ClassVar


class AttendanceDevicesError(Exception):
    """Base of all errors of this app."""

    retryable: ClassVar[bool] = False
    next_step: ClassVar[str] = ""

    def __init__(self, subject: str, happened: str = "", *, next_step: str = "") -> None:
        """:param subject: the device, row or person it happened to. :param happened: one clause, no full stop."""
        self.subject = subject
        self.happened = happened or type(self).__name__
        self.advice = next_step or self.next_step
        super().__init__(subject, happened)

    def __str__(self) -> str:
        return f"{self.subject}: {self.happened}. {self.advice}".rstrip()
