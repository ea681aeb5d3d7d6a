"""What a tab that trains shares with others: its visitors' runs, a live view of one, what can be done with it."""
