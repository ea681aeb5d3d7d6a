"""``python -m eval.leaderboard DATA``: what the arena starts to count its votes; it is no command for people."""

import sys
from pathlib import Path

from eval.leaderboard.worker import work

work(Path(sys.argv[1]))
