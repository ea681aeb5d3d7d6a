"""The text of AUTOMATIC1111's web UI and its kin: the prompt, ``Negative prompt: ...`` and a line of settings.

In a PNG it is the text ``parameters``, in a JPEG or WebP the user comment of EXIF; ``NAME.txt`` may hold it, too.
After ``modules/infotext_utils.py`` of AUTOMATIC1111/stable-diffusion-webui.
"""

import re

from eval.picture_records.picture_record import PictureRecord, name_model, read_seed, read_words

SETTINGS, NEGATIVE = re.compile(r"Steps: \d+,"), "Negative prompt:"
SEED, MODEL = re.compile(r"(?:^|, )Seed: (\d{1,20})(?:,|$)"), re.compile(r'(?:^|, )Model: (?:"([^"]*)"|([^,]*))')
NETWORK = re.compile(r"<(?:lora|lyco|hypernet):[^<>]*>")
TOOL = "A1111"


def read_webui_text(text: str, settled: bool = True) -> PictureRecord | None:
    """Return what such a text says; None where it lacks the line of settings that one that is ``settled`` has.

    Tags that load networks, as ``<lora:NAME:1>``, are no words of the prompt and are left out; weights, as
    ``(cat:1.2)``, are kept. Raises: RecordError for a prompt that is too long.
    """
    lines = text.strip().splitlines()
    at = max((number for number, line in enumerate(lines) if SETTINGS.match(line)), default=None)
    if at is None and settled:
        return None
    said = lines if at is None else lines[:at]
    negative = next((number for number, line in enumerate(said) if line.strip().startswith(NEGATIVE)), len(said))
    words = "\n".join(said[:negative])
    if NETWORK.search(words):
        words = NETWORK.sub("", words).strip(" ,\n")
    prompt = read_words(words, "the prompt")
    settings = "" if at is None else lines[at]
    seed, model = SEED.search(settings), MODEL.search(settings)
    name = name_model(model[1] or model[2]) if model else None
    return PictureRecord(prompt, read_seed(seed[1]) if seed else None, name, tool=TOOL)
