"""ComfyUI's graph of nodes in a picture: the text that its sampler is conditioned on, the seed, and the checkpoint.

A PNG has the graph as it ran, the text ``prompt``: an object of nodes by id, each with ``class_type`` and ``inputs``,
which are values or links ``[id, slot]``; and as it is drawn on the page, ``workflow``, which is read where it is alone.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from eval.picture_records.picture_record import PictureRecord, RecordError, name_model, read_seed, read_words
from hub.language.sentence import Sentence

TOOL = "ComfyUI"
MOST_NODES, MOST_SAMPLERS = 2_000, 20
MOST_STEPS = 200_000  # nodes and inputs that all walks through a graph pass; one that is meant takes some thousand
CONDITIONS = ("positive", "guider", "conditioning")  # inputs that lead to the text, the nearest first
SEEDS = ("seed", "noise_seed", "noise")
WORDS = ("text", "text_g", "text_l", "t5xxl", "clip_l", "clip_g", "prompt", "string", "string_a", "string_b", "value")
BEFORE = ("latent_image", "latent", "samples", "image", "images", "pixels")  # inputs that a picture comes in by
NO_TEXT = frozenset(("negative", "clip", "model", "vae", "mask", "control_net", "style_model", "clip_vision_output",
                     "sampler", "sigmas", "noise", *BEFORE))  # fmt: skip
MODELS = ("ckpt_name", "unet_name", "model_name")
WIDGETS = {  # of the drawn graph: which of a node's values is what
    "CLIPTextEncode": {"text": 0}, "KSampler": {"seed": 0}, "KSamplerAdvanced": {"noise_seed": 1},
    "RandomNoise": {"noise_seed": 0}, "CheckpointLoaderSimple": {"ckpt_name": 0}, "UNETLoader": {"unet_name": 0},
    "CLIPTextEncodeSDXL": {"text_g": 6, "text_l": 7}, "PrimitiveString": {"value": 0},
    "PrimitiveStringMultiline": {"value": 0},
}  # fmt: skip


class Graph(dict[str, dict[str, Any]]):
    """The inputs of each node by its id, and how many steps have been walked in it."""

    steps = 0

    def pass_node(self, name: str) -> dict[str, Any]:
        """Return the inputs of a node that a walk passes. Raises RecordError where walks get too long."""
        inputs = self[name]
        self.steps += 1 + len(inputs)
        if self.steps > MOST_STEPS:
            raise RecordError(
                Sentence("its graph of ComfyUI takes more than {most:,} steps: it is not read", most=MOST_STEPS)
            )
        return inputs


def open_graph(nodes: dict[str, Any]) -> Graph:
    """Return the inputs of every node of a graph as it ran. Raises RecordError for one that is too large."""
    if len(nodes) > MOST_NODES:
        raise RecordError(Sentence("its graph has more than {most:,} nodes: it is not read", most=MOST_NODES))
    found = {str(name): node.get("inputs") for name, node in nodes.items() if isinstance(node, dict)}
    return Graph({name: inputs for name, inputs in found.items() if isinstance(inputs, dict)})


def is_graph(value: Any) -> bool:
    """Return whether a JSON value is a graph as it ran."""
    return isinstance(value, dict) and any(isinstance(node, dict) and "class_type" in node for node in value.values())


def open_workflow(drawn: dict[str, Any]) -> Graph:
    """Return the graph of a drawn one, with the values of the nodes that are known. Raises RecordError."""
    nodes, links = drawn.get("nodes"), drawn.get("links")
    if not isinstance(nodes, list) or not isinstance(links, list) or len(nodes) + len(links) > MOST_NODES:
        raise RecordError(Sentence("its workflow has no nodes and links that can be read"))
    froms = {link[0]: [str(link[1]), link[2]] for link in links if isinstance(link, list) and len(link) > 2
             and isinstance(link[0], int)}  # fmt: skip
    graph = Graph()
    for node in (one for one in nodes if isinstance(one, dict)):
        values, inputs = node.get("widgets_values"), dict[str, Any]()
        for name, at in WIDGETS.get(str(node.get("type")), {}).items():
            if isinstance(values, list) and at < len(values):
                inputs[name] = values[at]
        slots = node.get("inputs")
        for slot in slots if isinstance(slots, list) else ():
            if isinstance(slot, dict) and isinstance(slot.get("link"), int) and slot["link"] in froms:
                inputs[str(slot.get("name"))] = froms[slot["link"]]
        graph[str(node.get("id"))] = inputs
    return graph


def _link(value: Any, graph: Graph) -> tuple[str, int] | None:
    """Return the node and slot that an input is linked to, None where it is a value."""
    linked = (
        isinstance(value, list) and len(value) == 2 and isinstance(value[1], int) and not isinstance(value[0], list)
    )
    return (str(value[0]), value[1]) if linked and str(value[0]) in graph else None


def _walk(
    graph: Graph, start: Sequence[Any], passed: frozenset[str] = frozenset()
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the nodes that lead to some links, nearest first, each once; inputs of the names in ``passed`` are not
    followed. Of a node with both conditions the slot says which one goes on."""
    waiting = deque(link for value in start if (link := _link(value, graph)))
    seen = set()
    while waiting:
        node, slot = waiting.popleft()
        if node in seen:
            continue
        seen.add(node)
        inputs = graph.pass_node(node)
        yield node, inputs
        both = {"positive", "negative"} <= inputs.keys()
        names = (
            ("positive", "negative")[slot : slot + 1]
            if both and passed
            else [name for name in inputs if name not in passed]
        )
        waiting += [link for name in names if (link := _link(inputs[name], graph))]


def _find_seed(graph: Graph, sampler: dict[str, Any]) -> int | None:
    """Return the seed of a sampler, or that of the node that leads to it."""
    linked = _walk(graph, [sampler[name] for name in SEEDS if name in sampler])
    for inputs in (sampler, *(one for _, one in linked)):
        for name in (*SEEDS, "value", "int"):
            if isinstance(inputs.get(name), int) and not isinstance(inputs[name], bool):
                return int(inputs[name])
    return None


def _find_model(graph: Graph, sampler: dict[str, Any]) -> str | None:
    """Return the file of the checkpoint that leads to a sampler's model."""
    for _, inputs in _walk(graph, [sampler.get(name) for name in ("model", "guider")]):
        for name in MODELS:
            if isinstance(inputs.get(name), str):
                return str(inputs[name])
    return None


def _texts_of(graph: Graph, inputs: dict[str, Any]) -> list[str]:
    """Return the texts of a node that encodes one: its own, or those of the nodes that lead to them."""
    found = []
    for name in WORDS:
        value = inputs.get(name)
        if isinstance(value, str):
            found.append(value)
        elif link := _link(value, graph):
            found += [one[word] for _, one in _walk(graph, [list(link)], NO_TEXT) for word in WORDS
                      if isinstance(one.get(word), str)]  # fmt: skip
    return [text.strip() for text in found if text.strip()]


def _read_text(graph: Graph, sampler: dict[str, Any]) -> str:
    """Return the text that a sampler is conditioned on; of several that are joined, one after the other."""
    start = next(([sampler[name]] for name in CONDITIONS if _link(sampler.get(name), graph)), [])
    found: list[str] = []
    behind = set[str]()
    for node, inputs in _walk(graph, start, NO_TEXT):
        if node in behind:
            continue
        texts = _texts_of(graph, inputs)
        if texts:
            behind |= {one for one, _ in _walk(graph, [inputs[name] for name in WORDS if name in inputs])}
        found += texts
    return ", ".join(dict.fromkeys(found))


def _find_samplers(graph: Graph) -> list[dict[str, Any]]:
    """Return the nodes that sample with a seed, without those that go on from another one's picture.

    Raises: RecordError where they are too many.
    """
    samplers = {
        node: inputs for node, inputs in graph.items()
        if any(name in inputs for name in SEEDS) and any(_link(inputs.get(name), graph) for name in CONDITIONS)
    }  # fmt: skip
    if len(samplers) > MOST_SAMPLERS:
        raise RecordError(
            Sentence("its graph of ComfyUI has more than {most} samplers: it is not read", most=MOST_SAMPLERS)
        )
    first = {
        node: inputs for node, inputs in samplers.items()
        if not any(one in samplers for one, _ in _walk(graph, [inputs.get(name) for name in BEFORE]))
    }  # fmt: skip
    return list((first or samplers).values())


def read_graph(graph: Graph) -> PictureRecord:
    """Return the prompt, seed and checkpoint of a graph.

    Raises: RecordError where nothing samples in it, it has samplers of several prompts, or leads in too many ways.
    """
    samplers = _find_samplers(graph)
    if not samplers:
        raise RecordError(Sentence("its graph of ComfyUI has no sampler with a seed and a condition"))
    texts = list(dict.fromkeys(_read_text(graph, one) for one in samplers))
    if len(texts) > 1:
        one, other = (repr(text[:40]) for text in texts[:2])
        raise RecordError(
            Sentence("its graph of ComfyUI has several prompts ({one}, {other}): which one is this picture's?",
                     one=one, other=other)
        )  # fmt: skip

    seeds = {_find_seed(graph, one) for one in samplers}
    models = {_find_model(graph, one) for one in samplers}
    seed, model = (those.pop() if len(those) == 1 else None for those in (seeds, models))
    return PictureRecord(read_words(texts[0], "the prompt"), read_seed(seed), name_model(model), tool=TOOL)
