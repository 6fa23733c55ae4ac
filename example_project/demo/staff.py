"""The people of the demo: who they are in the CRM, and under which id the terminals know them."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import normalize

ACE_TRACK, BOOTCAMP, DOS = OFFICES = ("Ace Track", "Bootcamp", "DOS Attendance")


WEEKDAYS = frozenset(range(5))
SCHOOL_DAYS = frozenset(range(1, 6))
"""Bootcamp trains from Tuesday to Saturday."""
SECOND_HALF = frozenset({5, 6, 0, 1, 2})
"""Somebody is at the DOS Attendance office on every day: half of its people work from Saturday to Wednesday."""


class Key(StrEnum):
    """By what the CRM knows the id that a person has on the terminal."""

    BIOMETRIC = "biometric_id"
    EMPLOYEE = "employee_id"
    USERNAME = "username"
    NONE = ""
    """By nothing: this person stays unmapped until somebody maps them."""


class Habit(StrEnum):
    """How a person comes and goes."""

    STEADY = "steady"
    LATE = "late"
    FORGETFUL = "forgetful"
    FREE = "free"
    """Keeps no hours, has no shift."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One member of staff."""

    first_name: str
    last_name: str
    office: str
    department: str
    designation: str
    terminal_id: str
    """The id on every terminal this person uses; terminals list at most nine characters."""
    key: Key = Key.BIOMETRIC
    habit: Habit = Habit.STEADY
    night: bool = False
    weekdays: frozenset[int] = WEEKDAYS
    """On which the person works; Monday is 0."""
    role: str = "employee"
    also_at: str = ""
    """A second office, visited on Wednesdays."""
    native_name: str = ""
    """As the terminal shows it, where it is not the name in plain letters."""

    @property
    def username(self) -> str:
        """``ceo`` for the CEO, else first and last name in plain letters."""
        if self.role == "ceo":
            return "ceo"
        if self.key is Key.USERNAME:
            return self.terminal_id
        return ".".join(plain(f"{self.first_name} {self.last_name}").lower().split())

    @property
    def terminal_name(self) -> str:
        """What somebody typed at the terminal."""
        return self.native_name or plain(f"{self.first_name} {self.last_name}")


def plain(text: str) -> str:
    """Without accents, in ASCII."""
    return normalize("NFKD", text.translate(SPECIAL)).encode("ascii", "ignore").decode()


SPECIAL = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss"})


def at(office: str) -> list[Person]:
    """Who is enrolled at the terminal of an office, visitors from other offices last."""
    home = [person for person in STAFF if person.office == office]
    return home + [person for person in STAFF if person.also_at == office]


# First name, last name, department, designation, id on the terminal; then what differs from the usual.
Row = tuple[str, str, str, str, str] | tuple[str, str, str, str, str, dict[str, object]]
LATE, FORGETFUL = {"habit": Habit.LATE}, {"habit": Habit.FORGETFUL}
NIGHT, NO_KEY, WEEKEND = {"night": True}, {"key": Key.NONE}, {"weekdays": SECOND_HALF}
BY_EMPLOYEE_ID, BY_USERNAME = {"key": Key.EMPLOYEE}, {"key": Key.USERNAME}

ROWS: dict[str, list[Row]] = {
    ACE_TRACK: [
        ("Amara", "Okafor", "Management", "Chief executive", "1001", {"role": "ceo", "habit": Habit.FREE}),
        ("Sana", "Qureshi", "Human resources", "HR officer", "1002", {"role": "hr", "also_at": BOOTCAMP}),
        ("Kamil", "Nowak", "Engineering", "Lead engineer", "1003"),
        ("Priya", "Nair", "Engineering", "Engineer", "1004"),
        ("Jan", "de Vries", "Engineering", "Engineer", "1005", LATE),
        ("Tolu", "Adeyemi", "Engineering", "Engineer", "1006"),
        ("Lucía", "Fernández", "Design", "Designer", "1007"),
        ("Freja", "Sørensen", "Design", "Designer", "1008", LATE),
        ("Omar", "Hassan", "Finance", "Accountant", "1009"),
        ("Mei", "Tanaka", "Finance", "Controller", "1010"),
        ("Bilal", "Ahmed", "Operations", "Support engineer", "AT-117", BY_EMPLOYEE_ID),
        ("Ingrid", "Larsen", "Sales", "Account manager", "AT-121", BY_EMPLOYEE_ID),
        ("Rafael", "Souza", "Sales", "Account manager", "rsouza", BY_USERNAME | FORGETFUL),
        ("Aisha", "Rahman", "Sales", "Assistant", "aisha", BY_USERNAME),
        ("Tom", "Walker", "Engineering", "Contractor", "1090", NO_KEY),
    ],
    BOOTCAMP: [
        ("Hana", "Kim", "Training", "Head of training", "2001"),
        ("Usman", "Tariq", "Training", "Trainer", "2002"),
        ("Grace", "Wanjiru", "Training", "Trainer", "2003", FORGETFUL),
        ("Pavel", "Novák", "Training", "Trainer", "2004"),
        ("Fatima", "El Idrissi", "Training", "Trainer", "2005"),
        ("Daniel", "Cohen", "Training", "Trainer", "2006", LATE),
        ("Linh", "Nguyen", "Operations", "Office manager", "20417", BY_EMPLOYEE_ID),
        ("Marta", "Rossi", "Training", "Assistant", "2008"),
        ("Yusuf", "Demir", "Training", "Guest trainer", "2090", NO_KEY),
    ],
    DOS: [
        ("Wei", "Zhang", "Operations", "Head of operations", "3001", {"native_name": "张伟"}),
        ("Na", "Li", "Operations", "Support engineer", "3002", {"native_name": "李娜"} | WEEKEND),
        ("Fang", "Wang", "Finance", "Accountant", "3003", {"native_name": "王芳"}),
        ("Ayesha", "Siddiqui", "Operations", "Support engineer", "3004", WEEKEND),
        ("Carlos", "Mendoza", "Operations", "Technician", "3005", LATE | WEEKEND),
        ("Sofia", "Petrova", "Operations", "Technician", "3006"),
        ("Noor", "Jahan", "Operations", "Assistant", "DOS-31", BY_EMPLOYEE_ID | WEEKEND),
        ("Kwame", "Mensah", "Security", "Guard", "3011", NIGHT),
        ("Ali", "Raza", "Security", "Guard", "3012", NIGHT | FORGETFUL | WEEKEND),
        ("Elena", "Popescu", "Operations", "Night support", "3013", NIGHT),
        ("Samuel", "Osei", "Security", "Guard", "3014", NIGHT | WEEKEND),
        ("Viktor", "Horvat", "Operations", "Contractor", "3090", NO_KEY),
    ],
}


def _people() -> Iterator[Person]:
    for office, rows in ROWS.items():
        for first, last, department, designation, terminal_id, *rest in rows:
            yield Person(
                first_name=first,
                last_name=last,
                office=office,
                department=department,
                designation=designation,
                terminal_id=terminal_id,
                **{"weekdays": SCHOOL_DAYS if office == BOOTCAMP else WEEKDAYS} | (rest[0] if rest else {}),
            )


STAFF = tuple(_people())
CEO = STAFF[0]
LOGINS = (CEO.username, "sana.qureshi", "priya.nair")
"""Who can log in to the demo: the CEO, HR, and one employee."""
