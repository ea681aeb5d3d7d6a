"""``python -m hub.methods.unclip.adopt_decoder FILE``: make a run of a new decoder and the translator that is there.

From the run ``python -m hub.weights install`` makes the entry, so a decoder that was tuned elsewhere takes the place of
the one before without a training here.
"""

from pathlib import Path
from typing import Annotated

import typer

from hub.command import make_command
from hub.errors import DataError
from hub.methods.unclip.saved_pipeline import INSTALLED, TrainedPart, read_decoder, read_facts, write_pipeline
from hub.methods.unclip.statistics_of_pack import take_beside
from hub.methods.unclip.unclip_pipeline import read_unclip
from hub.pixel_pipeline_folder import TRANSLATOR
from hub.progress import console


def adopt_decoder(file: Path, out: Path, pipeline: Path = INSTALLED) -> Path:
    """Write a pipeline whose decoder is that of a file, the rest another pipeline's, to ``out/pipeline``.

    Raises: MissingFile, and DataError for a decoder that is told another vector.
    """
    decoder, there = read_decoder(file), read_unclip(pipeline)
    told, width = (one.config.projection_class_embeddings_input_dim for one in (decoder.network, there.decoder))
    if told != width:
        raise DataError(f"The decoder {file} is told {told} numbers, an image embedding has {width}.")
    take_beside(file, there.statistics)
    translator = TrainedPart(there.translator, read_facts(pipeline / TRANSLATOR))
    return write_pipeline(out, decoder, translator, there.statistics)


def main(
    file: Annotated[Path, typer.Argument(help="The decoder, as one safetensors file, its statistics beside it.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("runs/unclip"),
    pipeline: Annotated[Path, typer.Option(help="The pipeline whose translator is taken.")] = INSTALLED,
) -> None:
    """Make a run of a new decoder and the translator that is there."""
    console.print(f"Wrote {adopt_decoder(file, out, pipeline)}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    make_command(main, "python -m hub.methods.unclip.adopt_decoder unet.safetensors --out runs/unclip")()
