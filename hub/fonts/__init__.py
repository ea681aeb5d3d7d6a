"""The typeface of headings on the page and in the report, so that they look alike on every machine.

Source Serif 4 (SIL Open Font License 1.1, beside it), semibold, Latin letters.
"""

import base64
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("SourceSerif4-SemiBold.woff2")


@cache
def render_font_face() -> str:
    """Return the style rule with the typeface inside: nothing is fetched, and no text changes when a file comes."""
    content = base64.b64encode(FILE.read_bytes()).decode()
    return (
        '@font-face { font-family: "Source Serif 4"; font-weight: 600; font-style: normal; '
        f'src: url("data:font/woff2;base64,{content}") format("woff2"); }}'
    )
