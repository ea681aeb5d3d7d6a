"""A small Gradio app that draws; as a script it serves itself and prints its address."""

import time
from typing import Any

import gradio as gr  # noqa: TID251 - the other side of a generator
from PIL import Image


def painted(text: str, number: int, green: int) -> tuple[str, Image.Image]:
    """A colour of the seed, a parameter and the prompt's length; the picture comes second."""
    return text, Image.new("RGB", (48, 48), (number % 256, green, len(text)))


def gallery(prompt: str, seed: int, progress: gr.Progress = gr.Progress()) -> Any:  # noqa: B008 - Gradio's way
    """A set of pictures, or what a test of failures asks for."""
    if prompt == "refuse":
        raise gr.Error("not this one", print_exception=False)
    if prompt == "nothing":
        return []
    progress(0.5)
    time.sleep(0.6)
    return [Image.new("RGB", (48, 48), (seed % 256, 0, 0)), Image.new("RGB", (48, 48))]


def slow(prompt: str, seed: int) -> Image.Image:
    """A picture that takes longer than anybody waits."""
    time.sleep(600)
    return Image.new("RGB", (48, 48))


def raw(prompt: str, seed: int, request: gr.Request) -> dict[str, str]:
    """What a Space that means ill may say: an address elsewhere, or something that is no picture."""
    if prompt == "elsewhere":
        return {"path": "x", "url": "http://127.0.0.1:9/picture.png"}
    return {"path": "x", "url": f"http://{request.headers['host']}/config"}


def page() -> gr.Blocks:
    """The app."""
    app = gr.Blocks(analytics_enabled=False)
    with app:
        text, number, green = gr.Textbox(), gr.Number(precision=0), gr.Number(precision=0)
        image, said, pictures = gr.Image(format="png"), gr.Textbox(), gr.Gallery(format="png")
        gr.Button().click(painted, [text, number, green], [said, image], api_name="painted")
        gr.Button().click(gallery, [text, number], pictures, api_name="gallery")
        gr.Button().click(raw, [text, number], gr.JSON(), api_name="raw")
        gr.Button().click(slow, [text, number], image, api_name="slow")
    return app


if __name__ == "__main__":
    served = page()
    served.launch(server_name="127.0.0.1", prevent_thread_lock=True, quiet=True)
    print(served.local_url, flush=True)
    time.sleep(600)
