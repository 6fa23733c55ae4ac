"""Punches of wall terminals become rows in the host's own Attendance table.

One river::

    terminal --bytes--> drivers --Punch--> services.collect --> ESSLAttendanceLog   raw, append-only, unique
                                               |                 (undecodable: QuarantinedRecord)
                                               v  touched days
                        domain.workdays <-- services.derive --> ProcessedAttendance a cache, derived again at will
                                               |
                                               v
                                 hosts <-- services.post -----> the CRM's own Attendance row

Every stretch is one value (``domain``), one row (``models``) and one verb (``services``).
"""
