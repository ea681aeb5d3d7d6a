"""Text for CSV files that people open in spreadsheets."""

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: full width


def harmless(text: str) -> str:
    """Text that no spreadsheet runs as a formula: one apostrophe goes before what might start one.

    It goes before an apostrophe too, so that a program has the text again by taking one apostrophe off the front.
    Numbers are written as numbers and left alone.
    """
    return f"'{text}" if text.startswith((*ACTIVE, "'")) else text
