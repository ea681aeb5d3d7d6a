"""Colours and type: a quiet gallery wall, one accent, fonts that come with gradio."""

import gradio as gr

ACCENT = gr.themes.Color(
    name="vermilion",
    c50="#fdf3f0",
    c100="#fae3dc",
    c200="#f4c5b8",
    c300="#eca08c",
    c400="#e07a5f",
    c500="#cc5a3c",
    c600="#b2452a",
    c700="#8f3621",
    c800="#742f20",
    c900="#5f2a1f",
    c950="#33130c",
)


SETTINGS = {
    "body_background_fill": "#faf8f5",
    "body_background_fill_dark": "#171412",
    "block_background_fill": "white",
    "block_background_fill_dark": "#211d1a",
    "block_border_width": "0px",
    "block_shadow": "none",
    "block_title_text_weight": "600",
    "input_background_fill": "white",
    "input_background_fill_dark": "#211d1a",
    "input_border_width": "1px",
    "body_text_color_subdued": "*neutral_600",
    "input_placeholder_color": "*neutral_600",
    "input_placeholder_color_dark": "*neutral_400",
    "input_border_color": "*neutral_300",
    "input_border_color_dark": "*neutral_700",
    "input_border_color_focus": "*primary_500",
    "input_border_color_focus_dark": "*primary_400",
    "button_primary_background_fill": "*primary_600",
    "button_primary_background_fill_hover": "*primary_700",
    "button_primary_background_fill_dark": "*primary_600",
    "button_primary_background_fill_hover_dark": "*primary_700",
    "button_primary_text_color": "white",
    "button_secondary_background_fill": "white",
    "button_secondary_background_fill_hover": "*neutral_100",
    "button_secondary_background_fill_dark": "#2b2622",
    "button_secondary_background_fill_hover_dark": "#3a332e",
    "button_secondary_border_color": "*neutral_300",
    "button_secondary_border_color_dark": "*neutral_700",
    "button_border_width": "1px",
    "button_large_text_weight": "600",
    "button_large_text_size": "16px",
}


def make_theme() -> gr.themes.Base:
    """Return the arena's theme, light and dark."""
    base = gr.themes.Base(
        primary_hue=ACCENT,
        secondary_hue=ACCENT,
        neutral_hue=gr.themes.colors.stone,
        text_size=gr.themes.sizes.text_lg,
        radius_size=gr.themes.sizes.radius_md,
        spacing_size=gr.themes.sizes.spacing_md,
        font=[gr.themes.LocalFont("Source Sans Pro", weights=(400, 700)), "system-ui", "sans-serif"],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", weights=(400,)), "ui-monospace", "monospace"],
    )
    return base.set(**SETTINGS)
