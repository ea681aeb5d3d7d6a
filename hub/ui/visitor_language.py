"""Which language a visitor is spoken to in: the one chosen on the page, else one their browser asks for, else English.

The choice is a cookie, because it comes with the page and with every event, and whatever an event answers is said here.
"""

import math

import gradio as gr
from starlette.datastructures import Headers

from hub.language.catalogue import ENGLISH, Language, language, languages
from hub.ui.cookies import read_cookie_values

COOKIE = "vernissage_language"  # its value is one of the languages' codes; the switch on the page sets it


def choose_language(headers: Headers) -> Language:
    """Return the language for a request with these headers; what they name and is none of ours does not matter."""
    wanted = [*read_cookie_values(headers, COOKIE), *_list_accepted(headers.get("accept-language", ""))]
    return language(next((code for code in wanted if code in languages()), ENGLISH.code))


def get_language(request: gr.Request) -> Language:
    """Return the language for an event of a page."""
    return choose_language(request.request.headers) if request.request else ENGLISH


def _list_accepted(header: str) -> list[str]:
    """Return the languages of an ``Accept-Language``, without their regions, the most wanted first."""
    weighed = []
    for part in header.split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > 0 and math.isfinite(quality):
            weighed.append((quality, tag.strip().partition("-")[0].lower()))
    return [code for _, code in sorted(weighed, key=lambda one: -one[0])]
