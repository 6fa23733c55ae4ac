"""What should be: shifts, who works them, which punches belong to them. The first migration names the enums here."""

from attendance_devices.domain.shifts.rule import Breaks, Pairing, RoundMode, WorkedFrom

__all__ = ["Breaks", "Pairing", "RoundMode", "WorkedFrom"]
