"""The text that tools write into pictures: A1111, ComfyUI, InvokeAI, fields and JSON; and what is refused of it."""

import io
import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from eval.picture_records.comfy_graph import MOST_NODES, MOST_SAMPLERS, MOST_STEPS, open_graph, read_graph
from eval.picture_records.embedded_text import MOST_CHUNK, read_texts
from eval.picture_records.picture_record import RecordError, read_seed
from eval.picture_records.tool_text import read_tool_text
from eval.picture_records.webui_text import read_webui_text
from tests.eval.picture_records.made_pictures import comfy_graph, save, webui_text

Told = tuple[str | None, int | None, str | None]


def told(**texts: str) -> Told:
    """The prompt, seed and generator of these texts."""
    record = read_tool_text({name.replace("__", "-"): text for name, text in texts.items()})
    assert record
    return record.prompt, record.seed, record.generator


DREAM = '"a cat, oil [ugly, bad]" -s 50 -S 42 -W 512 -H 512 -C 7.5 -A k_lms'
OLD_INVOKE = {
    "model_weights": "stable-diffusion-1.5",
    "image": {"prompt": [{"prompt": "a cat", "weight": 1}], "seed": 42},
}
SWARM = {"prompt": "a cat", "seed": 42, "model": "x"}
INVOKE = {
    "positive_prompt": "a cat",
    "negative_prompt": "bad",
    "seed": 42,
    "model": {"name": "dreamshaper", "base": "sd-1"},
}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ({"parameters": webui_text("a cat", 42)}, ("a cat", 42, "sd_xl_base_1.0")),
        ({"parameters": "a cat\nsleeping\nSteps: 20, Sampler: DDIM, Seed: 42"}, ("a cat\nsleeping", 42, None)),
        ({"parameters": "a cat"}, ("a cat", None, None)),
        ({"prompt": json.dumps(comfy_graph("a cat", 42))}, ("a cat", 42, "juggernaut")),
        ({"invokeai_metadata": json.dumps(INVOKE)}, ("a cat", 42, "dreamshaper")),
        ({"sd__metadata": json.dumps(OLD_INVOKE), "Dream": DREAM}, ("a cat", 42, "stable-diffusion-1.5")),
        ({"Dream": DREAM}, ("a cat, oil", 42, None)),
        ({"prompt": "a cat", "seed": "42", "model": "stabilityai/sdxl-turbo"}, ("a cat", 42, "sdxl-turbo")),
        ({"Prompt": "a cat", "Seed": "42", "Stable Diffusion model": "C:\\m\\sd15.ckpt"}, ("a cat", 42, "sd15")),
        ({"parameters": json.dumps({"sui_image_params": SWARM})}, ("a cat", 42, "x")),
        ({"Comment": json.dumps({"prompt": "a cat", "seed": 42}), "Software": "NovelAI"}, ("a cat", 42, None)),
    ],
)  # fmt: skip
def test_what_a_tool_writes_is_read(texts: dict[str, str], expected: Told) -> None:
    assert told(**texts) == expected


def test_a_text_that_no_tool_wrote_says_nothing() -> None:
    assert read_tool_text({"Software": "GIMP", "Comment": "made by me"}) is None
    assert read_tool_text({}) is None
    assert read_webui_text("a plain caption\nof two lines") is None


def changed(**nodes: Any) -> dict[str, Any]:
    """The first workflow of ComfyUI with some nodes in another way."""
    return comfy_graph("a cat", 42) | {name.strip("_"): node for name, node in nodes.items()}


SAMPLER = {
    "class_type": "SamplerCustomAdvanced",
    "inputs": {"noise": ["20", 0], "guider": ["21", 0], "latent_image": ["5", 0]},
}
FLUX = {
    "3": SAMPLER, "5": {"class_type": "EmptyLatentImage", "inputs": {}},
    "20": {"class_type": "RandomNoise", "inputs": {"noise_seed": 42}},
    "21": {"class_type": "BasicGuider", "inputs": {"model": ["22", 0], "conditioning": ["23", 0]}},
    "22": {"class_type": "UNETLoader", "inputs": {"unet_name": "flux1-dev.safetensors"}},
    "23": {"class_type": "FluxGuidance", "inputs": {"guidance": 3.5, "conditioning": ["24", 0]}},
    "24": {"class_type": "CLIPTextEncode", "inputs": {"text": ["25", 0], "clip": ["26", 0]}},
    "25": {"class_type": "PrimitiveString", "inputs": {"value": "a cat"}},
    "26": {"class_type": "DualCLIPLoader", "inputs": {"type": "flux"}},
}  # fmt: skip
BOTH = {"positive": ["6", 0], "negative": ["7", 0]}
STEERED = {**comfy_graph("", 42)["3"]["inputs"], "positive": ["10", 0], "negative": ["10", 1]}
CONTROL = changed(
    _3={"class_type": "KSampler", "inputs": STEERED},
    _10={"class_type": "ControlNetApplyAdvanced", "inputs": {**BOTH, "image": ["11", 0]}},
    _11={"class_type": "LoadImage", "inputs": {"image": "pose.png"}},
)  # fmt: skip
AGAIN = changed(
    _12={"class_type": "KSampler", "inputs": {"seed": 7, **BOTH, "latent_image": ["13", 0]}},
    _13={"class_type": "LatentUpscale", "inputs": {"samples": ["3", 0]}},
)  # fmt: skip
JOINED = changed(
    _6={"class_type": "ConditioningConcat", "inputs": {"conditioning_to": ["14", 0], "conditioning_from": ["15", 0]}},
    _14={"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["4", 1]}},
    _15={"class_type": "CLIPTextEncode", "inputs": {"text": "in oil", "clip": ["4", 1]}},
)


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (FLUX, ("a cat", 42, "flux1-dev")),
        (CONTROL, ("a cat", 42, "juggernaut")),
        (AGAIN, ("a cat", 42, "juggernaut")),  # the first of two samplers has the seed
        (JOINED, ("a cat, in oil", 42, "juggernaut")),
        (
            changed(_16={"class_type": "Note", "inputs": {"text": "nothing of the picture"}}),
            ("a cat", 42, "juggernaut"),
        ),
    ],
)
def test_of_a_graph_that_is_read_which_leads_to_the_sampler(graph: dict[str, Any], expected: Told) -> None:
    assert told(prompt=json.dumps(graph)) == expected


def test_a_drawn_graph_alone_is_read() -> None:
    nodes = [
        {"id": 3, "type": "KSampler", "widgets_values": [42, "randomize", 20],
         "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2}, {"name": "negative", "link": 3}]},
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["juggernaut.safetensors"]},
        {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a cat"], "inputs": []},
        {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["bad"], "inputs": []},
    ]  # fmt: skip
    links = [[1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"], [3, 7, 0, 3, 2, "CONDITIONING"]]
    assert told(workflow=json.dumps({"nodes": nodes, "links": links})) == ("a cat", 42, "juggernaut")


def test_a_graph_that_leaves_its_prompt_open_is_refused_by_a_sentence() -> None:
    other = {name + "x": node for name, node in comfy_graph("a dog", 1).items()}
    moved = json.loads(json.dumps(other).replace('["4"', '["4x"').replace('["6"', '["6x"').replace('["7"', '["7x"'))
    with pytest.raises(RecordError, match=r"several prompts \('a cat', 'a dog'\): which one is this picture's\?"):
        told(prompt=json.dumps(comfy_graph("a cat", 42) | moved))
    with pytest.raises(RecordError, match="no sampler"):
        told(prompt='{"1": {"class_type": "LoadImage", "inputs": {"image": "x.png"}}}')
    with pytest.raises(RecordError, match="nodes: it is not read"):
        open_graph({str(n): {} for n in range(MOST_NODES + 1)})
    many = {f"{n}": {"inputs": {"seed": n, "positive": ["t", 0]}} for n in range(MOST_SAMPLERS + 1)}
    with pytest.raises(RecordError, match="samplers: it is not read"):
        read_graph(open_graph({**many, "t": {"inputs": {"text": "a"}}}))


def test_a_graph_that_goes_in_a_circle_ends() -> None:
    nodes = {"1": {"class_type": "KSampler", "inputs": {"seed": 1, "positive": ["2", 0], "latent_image": ["1", 0]}},
             "2": {"class_type": "A", "inputs": {"conditioning": ["3", 0], "text": ["2", 0]}},
             "3": {"class_type": "B", "inputs": {"conditioning": ["2", 0]}}}  # fmt: skip
    assert told(prompt=json.dumps(nodes)) == (None, 1, None)


class Counted(dict[str, Any]):
    """Inputs of a node; whoever goes through those of all nodes too often fails."""

    passed = 0

    def __iter__(self) -> Iterator[str]:
        Counted.passed += 1
        if Counted.passed > 2 * MOST_STEPS:
            pytest.fail("the graph is walked without an end")
        return super().__iter__()


@pytest.mark.parametrize("samplers", [1, MOST_SAMPLERS, 400])
def test_a_graph_of_many_ways_is_refused_after_some_steps(samplers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Counted, "passed", 0)
    ring = 1500
    nodes: dict[str, Any] = {
        f"{n}": {"inputs": Counted(text=[f"{(n + 1) % ring}", 0], conditioning=[f"{(n + 1) % ring}", 0])}
        for n in range(ring)
    }
    for n in range(samplers):
        nodes[f"s{n}"] = {"inputs": Counted(seed=n, positive=["0", 0], latent_image=["0", 0])}
    with pytest.raises(RecordError, match=r"(steps|samplers): it is not read"):
        read_graph(open_graph(nodes))


NAMES = ("1", "2", "class_type", "inputs", "seed", "positive", "text", "model", "nodes", "links", "image", "prompt")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(st.sampled_from(["prompt", "workflow", "invokeai_metadata", "sd-metadata", "parameters", "Comment"]), JSON)
def test_whatever_json_a_text_holds_is_a_record_or_a_sentence(name: str, value: Any) -> None:
    try:
        record = read_tool_text({name: json.dumps(value)})
    except RecordError as error:
        assert str(error)
    else:
        assert record is None or record.prompt is None or record.prompt.strip()


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"invokeai_metadata": "{"}, "its text 'invokeai_metadata' is no JSON"),
        ({"invokeai_metadata": "[" * 100_000}, "its text 'invokeai_metadata' is no JSON"),
        ({"sd-metadata": "[]"}, "its text 'sd-metadata' has no image"),
        ({"parameters": "{}}"}, "its text 'parameters' is no JSON"),
        ({"prompt": "a cat", "seed": "many"}, "seed is 'many', which is no whole number"),
        ({"prompt": "a" * 70_000}, "the prompt has 70,000 characters, more than 65,536"),
    ],
)
def test_a_text_that_cant_be_taken_says_why(texts: dict[str, str], said: str) -> None:
    with pytest.raises(RecordError, match=said.replace("(", r"\(")):
        read_tool_text(texts)


@pytest.mark.parametrize("value", [True, 1.5, "1e999", "1.0e999", float("inf"), 2**64, "abc", [1], "9" * 5000])
def test_what_is_no_seed_is_refused(value: Any) -> None:
    with pytest.raises(RecordError, match=r"seed is .*, which is no whole number"):
        read_seed(value)


@pytest.mark.parametrize(
    ("value", "seed"), [("3", 3), (3.0, 3), ("3.0", 3), ("", None), (float("nan"), None), (2**64 - 1, 2**64 - 1)]
)
def test_a_seed_is_a_whole_number_however_it_is_written(value: Any, seed: int | None) -> None:
    assert read_seed(value) == seed


def texts_of(*chunks: tuple[bytes, bytes], head: bytes = b"\x89PNG\r\n\x1a\n") -> dict[str, str]:
    """The texts of a PNG of these chunks."""
    packed = b"".join(struct.pack(">I4s", len(data), kind) + data + b"\0\0\0\0" for kind, data in chunks)
    return read_texts(io.BytesIO(head + packed))


def test_texts_of_every_kind_before_and_after_the_pixels_are_read(tmp_path: Path) -> None:
    info = PngInfo()
    info.add_text("plain", "café")
    info.add_text("packed", "b" * 500, zip=True)
    info.add_itxt("wide", "赤", zip=True)
    info.add_itxt("wider", "緑")
    out = io.BytesIO()
    Image.new("RGB", (300, 300), "red").save(out, "PNG", pnginfo=info)
    read = read_texts(io.BytesIO(out.getvalue()))
    assert read == {"plain": "café", "packed": "b" * 500, "wide": "赤", "wider": "緑"}
    with Image.open(out) as image:
        assert read == image.text  # type: ignore[attr-defined]
    assert texts_of((b"IDAT", b"x" * 9000), (b"tEXt", b"late\0said"), (b"IEND", b""), (b"tEXt", b"too\0late")) == {
        "late": "said"
    }
    assert read_texts(io.BytesIO(b"BM no PNG")) == {}
    assert texts_of((b"tEXt", b"a\0b")) == {"a": "b"}  # it ends early, and whoever decodes it says so


TOO_LONG = b"a" * (MOST_CHUNK + 1)


@pytest.mark.parametrize(
    ("chunk", "said"),
    [
        ((b"zTXt", b"parameters\0\0" + zlib.compress(TOO_LONG)), "'parameters' unpacks to more than 4 MiB"),
        ((b"zTXt", b"parameters\0\0" + zlib.compress(b"a" * 9**8)), "'parameters' unpacks to more than 4 MiB"),
        ((b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(TOO_LONG)), "'prompt' unpacks to more than 4 MiB"),
        ((b"zTXt", b"prompt\0\0" + zlib.compress(b"abc" * 50)[:-6]), "'prompt' is cut off"),
        ((b"zTXt", b"prompt\0\0no zlib"), "'prompt' is damaged"),
        ((b"tEXt", b"prompt\0" + b"a" * MOST_CHUNK), "more than 4 MiB: it is not read"),
    ],
)  # fmt: skip
def test_a_bomb_of_text_is_refused_by_a_sentence(chunk: tuple[bytes, bytes], said: str) -> None:
    with pytest.raises(RecordError, match=said):
        texts_of(chunk)


def test_many_texts_and_chunks_are_bounded() -> None:
    part = (b"tEXt", b"a\0" + b"b" * (MOST_CHUNK - 10))
    with pytest.raises(RecordError, match="more than 16 MiB"):
        texts_of(*[(part[0], bytes([65 + n]) + part[1]) for n in range(5)])
    with pytest.raises(RecordError, match="chunks: they are not read"):
        texts_of(*[(b"IDAT", b"")] * 70_000)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_exif_that_is_none_is_refused_by_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (8, 8)).save(path, exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    with path.open("rb") as file:
        try:
            assert read_texts(file) == {}
        except RecordError as error:
            assert "EXIF" in str(error)


def jpeg_with(comment: str) -> io.BytesIO:
    """A JPEG with this user comment in its EXIF."""
    exif, out = Image.Exif(), io.BytesIO()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + comment.encode()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    out.seek(0)
    return out


def test_a_comment_of_exif_is_a_prompt_only_where_a_tool_wrote_it() -> None:
    for comment in ("Screenshot", "Steps: to the beach\nand back", ""):
        assert read_tool_text(read_texts(jpeg_with(comment))) is None
    for comment in (webui_text("a cat", 42), json.dumps(SWARM)):
        record = read_tool_text(read_texts(jpeg_with(comment)))
        assert record
        assert (record.prompt, record.seed) == ("a cat", 42)


def test_a_png_of_a_tool_is_read_whole(tmp_path: Path) -> None:
    with save(tmp_path / "a.png", prompt=json.dumps(comfy_graph("赤い猫", 2**64 - 1))).open("rb") as file:
        record = read_tool_text(read_texts(file))
    assert record
    assert (record.prompt, record.seed) == ("赤い猫", 2**64 - 1)
