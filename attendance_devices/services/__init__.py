"""Verbs, in wings: one folder for each stretch of the river. A wing imports only from wings below it (`setup.cfg`).

::

    scheduling       when it runs: rows of django-q2, cron, or a loop of our own
    monitoring       is every terminal well, and who is told: health, incidents, mails, figures
    device_actions   what is asked of a terminal: jobs, and the writes
    review           the inbox of what waits for a person, and the decisions about it
    pipeline         the whole river: run, dry run, reprocess, follow up
    corrections      what a person changes: corrections, requests of employees, doubtful punches
    live             many terminals listened to by one process
    explanations     why a day says what it says, and what it would say
    mapping          which employee a user of a terminal is
    dashboard        the widget and the page Today
    reports          months of people, and files of days and punches
    days             punches become work days
    collection       terminal, file or table -> log
    retention        old punches go
    shifts           who works when
    punches          the log: store, applied corrections, coverage, sealed days
    posting          days -> the CRM's own rows
    devices          how a terminal is reached, when it is due, what time it is there
    display          how states are shown: badges, navigation, spreadsheets
    workers          locks, leases, retry, single flight, heartbeat
    access           who may, who sees whom, the audit trail
"""
