"""What a preview of a link shows, and colours that can be read."""

import json
import re
from pathlib import Path

import pytest

from hub.ui.preview import SENTENCE, TITLE, replace_head
from hub.ui.theme import SETTINGS, make_theme
from tests.hub.ui.fakes import NAMES
from tests.hub.ui.served import FAKES, Page, served

FOREIGN = (
    '<head><meta property="og:title" content="Gradio" /><meta\n\t\tproperty="og:image" content="elsewhere" />'
    '<meta name="viewport" content="w"><script>\'<meta property="og:x">\'</script></head><body>'
)


def test_gradios_tags_give_way_to_ours_and_scripts_stay_as_they_are() -> None:
    page = replace_head(FOREIGN.encode()).decode()
    assert page.count('property="og:title"') == 1
    assert f'<meta property="og:title" content="{TITLE}">' in page
    assert '<meta name="viewport" content="w">' in page
    assert "<script>'<meta property=\"og:x\">'</script></head><body>" in page
    assert replace_head(b"no page") == b"no page"


def test_the_served_page_names_itself_and_has_its_own_icon(tmp_path: Path) -> None:
    with served(tmp_path, FAKES, NAMES) as arena, Page(arena.url) as page:
        head = page.html.partition("</head>")[0]
        for name, text in (("og:title", TITLE), ("og:description", SENTENCE)):
            assert re.findall(rf'<meta property="{name}" content="([^"]*)"', head) == [text]
        assert not re.findall(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*(?:[Gg]radio|\{url\}|content="")', head)
        assert '<link rel="icon" type="image/png" href="favicon.ico">' in head
        icon = page.http.get("/favicon.ico")
        assert (icon.status_code, icon.content[:4]) == (200, b"\x89PNG")
        assert page.http.head("/").status_code == 200


def test_no_event_makes_gradio_speak_to_screen_readers(tmp_path: Path) -> None:
    """What shows no progress says nothing of its own; it would say "common.complete"."""
    with served(tmp_path, FAKES, NAMES) as arena, Page(arena.url) as page:
        events = json.loads(page.config)["dependencies"]
        assert [event["api_name"] for event in events if event["show_progress"] != "hidden" and event["outputs"]] == []


def luminance(colour: str) -> float:
    """Relative luminance of a colour (#rrggbb), by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("name", [name for name in SETTINGS if name.startswith("button_primary_background_fill")])
def test_text_on_every_primary_button_has_a_contrast_of_4_5(name: str) -> None:
    ground = getattr(make_theme(), SETTINGS[name].removeprefix("*"))
    assert 1.05 / (luminance(ground) + 0.05) >= 4.5
