"""One picture over another, of which a slider shows as much as one likes: the script of the page moves it.

A ``vs-over`` holds a ``vs-over-frame`` with the pictures, that above with ``data-picture="over"``, and what
:func:`render_share` returns. Where the pictures are sheets of several columns (``--columns``), each cell has its share.
"""

from html import escape

from hub.language.catalogue import Language


def render_share(over: str, under: str, language: Language, share: int = 50) -> str:
    """Return the slider, which stands at a ``share`` in percent, with the names of both pictures at its ends."""
    label = escape(language.gettext("How much of the left picture is seen"))
    return (
        f'<input type="range" class="vs-share" min="0" max="100" value="{share}" aria-label="{label}">'
        f'<p class="vs-ends"><span data-name="over">{escape(over)}</span>'
        f'<span data-name="under">{escape(under)}</span></p>'
    )


def render_slide_dialog(language: Language) -> str:
    """Return the dialog in which one picture slides over another, still without pictures."""
    close = escape(language.gettext("Close"))
    label = escape(language.gettext("Two pictures, one over the other"))
    return (
        f'<dialog class="vs-dialog vs-over" aria-label="{label}">'
        '<div class="vs-over-frame"><img alt="" data-picture="under"><img alt="" data-picture="over"></div>'
        f"{render_share('', '', language)}"
        f'<form method="dialog"><button class="vs-button">{close}</button></form></dialog>'
    )
