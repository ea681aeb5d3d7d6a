"""The leaderboard's tab: the ratings of now, counted by a process of their own, and reports that are frozen."""
