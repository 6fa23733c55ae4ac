"""The company's own process, which does what a test asks: a line of JSON in, a line of JSON out.

::

    python -m tests.clockwork.shell
"""

import json
import sys
import traceback

import django
from django.db import close_old_connections
from django.utils.module_loading import import_string


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else is printed is no answer
    django.setup()
    for line in sys.stdin:
        name, args = json.loads(line)
        close_old_connections()
        try:
            answer = {"answer": import_string(name)(*args)}
        except Exception:  # noqa: BLE001 - whatever it is, the test is told
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
