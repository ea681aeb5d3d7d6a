"""The leaderboard as it stands now: votes counted as they are told, by a process of its own that serves the page."""
