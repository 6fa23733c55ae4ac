"""What a client may change in a simulated ZKTeco terminal."""

import struct

from attendance_devices.simulators.zk_bulk import Answer
from attendance_devices.simulators.zk_frames import Command, Packet
from attendance_devices.simulators.zk_records import decode_time, read_user
from attendance_devices.simulators.zk_state import Memory

OK: list[Answer] = [(Command.ACK_OK, b"", None)]
ERROR: list[Answer] = [(Command.ACK_ERROR, b"", None)]
CLEAR_ALL, CLEAR_LOG, CLEAR_USERS = 0, 1, 5


class Writes:
    """Carries out the writes of one client."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    def enable(self, _: Packet) -> list[Answer]:
        """Punches are taken again."""
        self._memory.enable()
        return OK

    def disable(self, session: int) -> list[Answer]:
        """No more punches are taken. It outlasts the session, unless the profile says otherwise."""
        self._memory.disabled, self._memory.disabled_by = True, session
        return OK

    def set_time(self, request: Packet) -> list[Answer]:
        """The clock jumps; a time that no calendar has is refused."""
        try:
            self._memory.now = decode_time(struct.unpack("<I", request.data)[0])
        except (ValueError, struct.error):
            return ERROR
        return OK

    def write_option(self, request: Packet) -> list[Answer]:
        """Remember ``key=value``."""
        key, equals, value = request.data.rstrip(b"\0").decode(errors="replace").partition("=")
        if not equals:
            return ERROR
        self._memory.written_options[key] = value
        return OK

    def write_user(self, request: Packet) -> list[Answer]:
        """Put a person into a slot. The vendor's buffered form puts 02 before the record."""
        record = request.data[1:] if len(request.data) in {29, 73} else request.data
        try:
            self._memory.put_user(read_user(record, self._memory.profile.encoding))
        except ValueError:
            return ERROR
        return OK

    def delete_user(self, request: Packet) -> list[Answer]:
        """Empty a slot; refused when it was empty."""
        uid = int.from_bytes(request.data[:2], "little")
        return OK if self._memory.delete_user(uid) else ERROR

    def clear_log(self, _: Packet) -> list[Answer]:
        """Forget every punch."""
        self._memory.replace_log()
        return OK

    def clear_data(self, request: Packet) -> list[Answer]:
        """Forget what the kind says: all, punches, people."""
        kind = request.data[0] if request.data else CLEAR_ALL
        if kind in {CLEAR_ALL, CLEAR_LOG}:
            self._memory.replace_log()
        if kind in {CLEAR_ALL, CLEAR_USERS}:
            self._memory.set_users(())
        return OK
