"""For processes of their own that share a test's database: the settings and the database that the environment names."""

import importlib
import os

globals().update(vars(importlib.import_module(os.environ["SHARED_SETTINGS"])))
DATABASES = {"default": {**globals()["DATABASES"]["default"], "NAME": os.environ["SHARED_DATABASE"]}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # As the README recommends.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    }
