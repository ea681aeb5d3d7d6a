"""Why a run failed, in the visitor's language: what is stored is English text, whose template is found again here."""

import ast
import re
from string import Formatter

from hub.language.sentence import Sentence

FAILURES = (  # as they are raised elsewhere; any other is told as it is stored
    Sentence("The disk is full: free some space, then resume it."),
    Sentence("It ended while nothing watched it; resume it to go on from its last row."),
    Sentence("It was killed ({signal}, as by a machine that is out of memory); resume it to go on from its last row."),
    Sentence("It was killed ({signal}); resume it to go on from its last row."),
    Sentence("It is trained, but not in its place: {why}"),
    Sentence("There is a generator {name!r} already: remove it first, or choose another name."),
    Sentence("There is a generator {name!r} already: choose another name."),
    Sentence("{name} was not added: {why}, then try again."),
    Sentence("the disk is full; free some space"),
    Sentence("There is no generator {source!r} to adapt: choose {names}, or name a checkpoint's folder."),
    Sentence("{source} is another model now than when this run began: start anew."),
    Sentence("The checkpoint {path} is damaged ({error}); copy it again."),
)


def find_sentence(text: str) -> str:
    """Return the sentence that a stored text is, with its fields; any other text as it is."""
    for one in FAILURES:
        if match := _make_pattern(one).fullmatch(text):
            return Sentence(
                one.template, **{name: _read(name, value, one) for name, value in match.groupdict().items()}
            )
    return text


def _make_pattern(sentence: Sentence) -> re.Pattern[str]:
    parts = Formatter().parse(sentence.template)
    return re.compile("".join(re.escape(text) + (f"(?P<{name}>.+?)" if name else "") for text, name, _, _ in parts))


def _read(name: str, value: str, sentence: Sentence) -> str:
    """Return a field's value of its text, which may be a sentence itself."""
    if f"{{{name}!r}}" not in sentence.template:
        return find_sentence(value)
    try:
        return str(ast.literal_eval(value))
    except (ValueError, SyntaxError):
        return value
