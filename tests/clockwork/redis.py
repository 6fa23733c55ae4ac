"""Where Redis is, if there is one."""

import os

from tests.clockwork.harness import answers

REDIS = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0") if answers(6379) else ""
