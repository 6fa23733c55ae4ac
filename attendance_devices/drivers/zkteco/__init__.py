"""ZKTeco and eSSL terminals over port 4370.

Three floors: `wire` moves whole frames and keeps the clock of the session; `session` speaks commands through pyzk;
`layouts`, `attendance` and `people` turn bytes into values, purely. pyzk is imported here and nowhere else.
"""
