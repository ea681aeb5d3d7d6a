"""The battle tab and its parts."""
