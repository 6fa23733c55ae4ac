"""One client's conversation with a simulated ZKTeco terminal: a request in, its answers out. No sockets."""

import logging
import struct
from collections.abc import Callable
from datetime import timedelta

from attendance_devices.simulators.zk_bulk import Answer, BulkReads
from attendance_devices.simulators.zk_faults import NO_FAULTS, Faults
from attendance_devices.simulators.zk_frames import Command, Packet, scramble_key
from attendance_devices.simulators.zk_profile import SimulatedPunch
from attendance_devices.simulators.zk_records import encode_sizes, encode_time
from attendance_devices.simulators.zk_state import Machine
from attendance_devices.simulators.zk_writes import Writes

logger = logging.getLogger(__name__)

EF_ATTLOG = 1
# Captured (STATE_RRQ answered with 2 in the session field by a terminal at rest).
STATE_AT_REST = 2
PIN_WIDTH = 9
OK: list[Answer] = [(Command.ACK_OK, b"", None)]
ERROR: list[Answer] = [(Command.ACK_ERROR, b"", None)]
UNAUTH: list[Answer] = [(Command.ACK_UNAUTH, b"", None)]
UNKNOWN: list[Answer] = [(Command.ACK_UNKNOWN, b"", None)]


class TerminalSession:
    """What one client may do, listens to and has prepared."""

    def __init__(self, machine: Machine, link: int, *, frame_size: int) -> None:
        self._machine = machine
        self._memory = machine.memory
        self._link = link
        self._bulk = BulkReads(machine.memory, frame_size)
        self._id = 0
        self._admitted = False
        self._faults = NO_FAULTS
        self._raced = self._race_due = False
        self._writes = Writes(machine.memory)
        self._handlers = self._table()
        self.live = False
        """Does the client listen for punches?"""
        self.over = False
        """Has the client said goodbye?"""

    def answer(self, request: Packet, faults: Faults = NO_FAULTS) -> list[Packet]:
        """The packets this request is answered with, in order; none for an acknowledgement of an event."""
        if request.command == Command.ACK_OK:
            self._machine.ledger.acknowledge()
            return []
        self._machine.hear(request.command, request.data)
        self._faults = faults
        return [
            Packet(
                command=command,
                session=self._id if field is None else field,
                reply_id=request.reply_id,
                data=data,
            )
            for command, data, field in self._decide(request)
        ]

    def close(self) -> None:
        """The client is gone."""
        self.live = self._admitted = False
        self._bulk.free()
        if self._id and self._memory.disabled_by == self._id and self._memory.profile.enables_itself:
            self._memory.enable()
        self._machine.ledger.closed(self._link)

    def _decide(self, request: Packet) -> list[Answer]:
        if request.command in self._faults.refuse | self._faults.deny:
            return ERROR if request.command in self._faults.deny else UNKNOWN
        if request.command == Command.CONNECT:
            return self._connect(request)
        if self._id == 0 or request.session != self._id:
            logger.warning("Command %d came outside of any session.", request.command)
            return UNAUTH
        if request.command == Command.AUTH:
            return self._auth(request)
        if not self._admitted and request.command != Command.EXIT:
            return UNAUTH
        return self._carried_out(request)

    def _carried_out(self, request: Packet) -> list[Answer]:
        if request.command in self._faults.pretend:
            return OK
        handler = self._handlers.get(request.command)
        return handler(request) if handler else UNKNOWN

    def _table(self) -> dict[int, Callable[[Packet], list[Answer]]]:
        acknowledged = (
            Command.REFRESHDATA,
            Command.REFRESHOPTION,
            Command.CANCELCAPTURE,
            Command.STARTVERIFY,
            Command.TESTVOICE,
            Command.UNLOCK,
            Command.DELETE_USERTEMP,
            Command.DELETE_USERTEMP_BY_ID,
        )
        return {
            **dict.fromkeys(acknowledged, lambda _: OK),
            Command.EXIT: self._exit,
            Command.ENABLEDEVICE: self._writes.enable,
            Command.DISABLEDEVICE: lambda _: self._writes.disable(self._id),
            Command.RESTART: self._restart,
            Command.GET_FREE_SIZES: self._sizes,
            Command.OPTIONS_RRQ: self._read_option,
            Command.OPTIONS_WRQ: self._writes.write_option,
            Command.GET_VERSION: lambda _: self._text(self._memory.profile.firmware),
            Command.GET_TIME: self._get_time,
            Command.SET_TIME: self._writes.set_time,
            Command.GET_PINWIDTH: lambda _: [(Command.ACK_OK, bytes((PIN_WIDTH,)), None)],
            Command.USER_WRQ: self._writes.write_user,
            Command.DELETE_USER: self._writes.delete_user,
            Command.CLEAR_ATTLOG: self._writes.clear_log,
            Command.CLEAR_DATA: self._writes.clear_data,
            Command.REG_EVENT: self._register,
            Command.STATE_RRQ: lambda _: [(Command.ACK_OK, b"", STATE_AT_REST)],
            Command.ATTLOG_RRQ: self._bulk.direct,
            Command.USERTEMP_RRQ: self._bulk.direct,
            Command.PREPARE_BUFFER: self._prepare,
            Command.READ_BUFFER: self._bulk.read,
            Command.FREE_DATA: self._free,
        }

    # Session

    def _connect(self, _: Packet) -> list[Answer]:
        profile = self._memory.profile
        self.close()
        if profile.encrypted:
            return [(Command.ENCRYPTED_ONLY, b"", None)]
        self._id = self._machine.new_session()
        self._machine.ledger.opened(self._link)
        self._admitted = not (profile.comm_key or profile.always_challenge)
        return OK if self._admitted else UNAUTH

    def _auth(self, request: Packet) -> list[Answer]:
        if len(request.data) != 4:
            return UNAUTH
        # Byte 2 tells which ticks the client took, so any will do.
        expected = scramble_key(self._memory.profile.comm_key, self._id, request.data[2])
        self._admitted = request.data == expected
        return OK if self._admitted else UNAUTH

    def _exit(self, _: Packet) -> list[Answer]:
        self.over = True
        return OK

    def _restart(self, _: Packet) -> list[Answer]:
        self._memory.restart()
        self.close()
        self.over = not self._memory.profile.silent_restart
        return OK if self.over else []

    # What the terminal says of itself

    def _sizes(self, _: Packet) -> list[Answer]:
        memory, profile = self._memory, self._memory.profile
        self._race_due = not self._raced
        users, records = len(memory.users), memory.record_count
        counts = {
            4: users,
            8: records if self._faults.wrong_count is None else self._faults.wrong_count,
            12: sum(user.privilege & 0x0E != 0 for user in memory.users),
            13: sum(bool(user.password) for user in memory.users),
            14: 3000,
            15: profile.user_capacity,
            16: profile.log_capacity,
            17: 3000,
            18: profile.user_capacity - users,
            19: profile.log_capacity - records,
        }
        # A terminal with four bytes does not really support it: they are 0.
        table = encode_sizes(counts if profile.size_table > 4 else {}, profile.size_table)
        return [(Command.ACK_OK, table, None)]

    def _options(self) -> dict[str, str]:
        profile = self._memory.profile
        return {
            "~SerialNumber": profile.serial_number,
            "~DeviceName": profile.device_name,
            "~Platform": profile.platform,
            "MAC": profile.mac,
            "~ZKFPVersion": "10",
            "~ExtendFmt": "0",
            "~UserExtFmt": "0",
            "FaceFunOn": "0",
            "CompatOldFirmware": "0",
            "IPAddress": "127.0.0.1",
            "NetMask": "255.0.0.0",
            "GATEIPAddress": "127.0.0.1",
            **dict(profile.options),
            **self._memory.written_options,
        }

    def _read_option(self, request: Packet) -> list[Answer]:
        # Some clients end the key with NUL, others do not.
        key = request.data.rstrip(b"\0").decode(errors="replace")
        value = self._options().get(key)
        if value is None or key in self._memory.profile.refused_options:
            return ERROR
        return self._text(f"{key}={value}")

    def _text(self, text: str) -> list[Answer]:
        end = "\0" if self._memory.profile.option_nul else ""
        return [(Command.ACK_OK, (text + end).encode(), None)]

    def _get_time(self, _: Packet) -> list[Answer]:
        return [(Command.ACK_OK, struct.pack("<I", encode_time(self._memory.now)), None)]

    def _register(self, request: Packet) -> list[Answer]:
        self.live = bool(int.from_bytes(request.data[:4], "little") & EF_ATTLOG)
        return OK

    # Bulk reads

    def _prepare(self, request: Packet) -> list[Answer]:
        if self._machine.plan.take_busy(self._faults):
            return ERROR
        if self._race_due and int.from_bytes(request.data[1:3], "little") == Command.ATTLOG_RRQ:
            self._race_due, self._raced = False, True
            self._race()
        return self._bulk.prepare(request, self._faults)

    def _race(self) -> None:
        """People punch after the client has counted the records and before it reads them."""
        memory = self._memory
        who = memory.users[0].user_id if memory.users else "1"
        seconds = range(self._faults.punch_during_read)
        memory.append(SimulatedPunch(user_id=who, at=memory.now + timedelta(seconds=n)) for n in seconds)

    def _free(self, _: Packet) -> list[Answer]:
        self._bulk.free()
        return OK
