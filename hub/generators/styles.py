"""Prompts of generators that were trained on captions which end in a style's words."""

from collections.abc import Sequence

from hub.methods.data.packages import STYLES


def styled(prompt: str, trained: Sequence[str]) -> str:
    """The prompt, with the words of the first trained style added when it names no style itself.

    ``red apple`` becomes ``red apple, in Twemoji style`` for a generator trained on Twemoji.
    """
    if any(style.words.lower() in prompt.lower() for style in STYLES):
        return prompt
    words = next(style.words for style in STYLES if not trained or style.name in trained)
    return f"{prompt}, {words}"
