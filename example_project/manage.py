#!/usr/bin/env python
"""Django's command line for the example CRM."""

import os
import sys
from pathlib import Path


def main() -> None:
    """Run the command named on the command line, from whatever folder it was called."""
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
