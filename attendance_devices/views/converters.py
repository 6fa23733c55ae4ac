"""Parts of our addresses."""

from datetime import date

from attendance_devices.domain.reports.months import FIRST_YEAR, LAST_YEAR


class DayConverter:
    """``2026-11-17``; what is no date, or none of which anything can be known, is no address."""

    regex = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        found = date.fromisoformat(value)
        if not FIRST_YEAR <= found.year <= LAST_YEAR:
            message = f"nothing is known of the year {found.year}"
            raise ValueError(message)
        return found

    def to_url(self, value: date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()
