"""The gallery: every battle that was voted on and whose names are told, with its pictures."""
