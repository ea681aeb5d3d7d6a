"""Files of entries: what is read, what is refused by file, entry and field, and that listing them is light."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest
from huggingface_hub.inference._providers import PROVIDERS

from hub.errors import DataError, UnknownName
from hub.generators import GENERATORS, Accepts, Generator, register_file, roster
from hub.generators.facts import Facts, known
from hub.generators.kinds import KINDS, ConfiguredEntry
from hub.generators.kinds.inference import Provider
from hub.ui.markup import render_roster
from hub.ui.page import select_usable

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "hub" / "generators" / "example.toml"
TINY = 'tiny = { kind = "diffusers", model = "a/b", steps = 1, guidance_scale = 0.0, licence = "MIT" }\n'


def write(folder: Path, text: str, name: str = "models.toml") -> Path:
    """A file of entries."""
    path = folder / name
    path.write_text(text)
    return path


def test_the_example_is_read_as_it_is() -> None:
    names = register_file(EXAMPLE)
    assert names == ["sd-1-5", "sd-turbo", "sdxl-turbo", "pixart-sigma", "flux-schnell"]
    for generator in map(GENERATORS.__getitem__, names):
        assert generator.licence
        assert generator.title != generator.name
        assert (generator.remote, generator.hidden) == (False, False)
    turbo, flux = GENERATORS["sd-turbo"].sampling, GENERATORS["flux-schnell"].sampling
    assert (turbo.steps, turbo.guidance_scale, turbo.dtype) == (1, 0.0, "float16")
    assert (flux.steps, flux.guidance_scale, flux.parameters["max_sequence_length"]) == (4, 0.0, 256)


def test_what_the_example_shows_as_a_comment_is_right_too(tmp_path: Path) -> None:
    commented = [line[2:] for line in EXAMPLE.read_text().splitlines() if line.startswith("# ") and " = { kind" in line]
    assert len(commented) == 3
    assert register_file(write(tmp_path, "\n".join(commented))) == ["flux-remote", "mine", "flux-space"]


@pytest.mark.parametrize("name", ["example.toml"])
def test_each_kind_has_what_a_generator_has(name: str) -> None:
    assert {kind.name for kind in KINDS} == {
        *("caption-diffusion", "diffusers", "inference", "mock", "one-step", "space", "subject-diffusion", "unclip"),
    }
    wanted = [member for member in vars(Generator) if not member.startswith("_")]
    for kind in KINDS:
        fields = {*kind.entry.model_fields, *dir(kind.entry)}
        assert fields.issuperset(wanted), f"{kind.name} lacks {set(wanted) - fields}"
        assert kind.entry.load_draw is not ConfiguredEntry.load_draw


def test_the_roster_is_names_and_files_in_their_order_each_once(tmp_path: Path) -> None:
    path = str(write(tmp_path, TINY + TINY.replace("tiny", "other")))
    assert [g.name for g in roster((path, "galip", "tiny"))] == ["tiny", "other", "galip"]
    assert [g.name for g in roster((path,))] == ["tiny", "other"], "registering a file again does no harm"
    with pytest.raises(UnknownName):
        roster(("nobody", path))


def test_a_name_that_is_taken_is_refused(tmp_path: Path) -> None:
    register_file(write(tmp_path, TINY))
    with pytest.raises(DataError, match=r"other\.toml, entry 'tiny': another generator has this name"):
        register_file(write(tmp_path, TINY.replace("steps = 1", "steps = 2"), "other.toml"))
    with pytest.raises(DataError, match="entry 'galip': another generator has this name"):
        register_file(write(tmp_path, TINY.replace("tiny", "galip"), "other.toml"))


def changed(old: str, new: str) -> str:
    """The entry with one thing changed."""
    assert old in TINY
    return TINY.replace(old, new)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no entry"),
        ("tiny = {", "is no TOML"),
        ("tiny = 3", "entry 'tiny' must be a table with a kind"),
        (changed("tiny", "sd-1.5"), "entry 'sd-1' must be a table with a kind.*a name with a dot needs quotes"),
        (changed("tiny", "Tiny"), "entry 'Tiny', field name: String should match"),
        (
            changed("diffusers", "gan"),
            "entry 'tiny', field kind: There is no kind 'gan'; there are caption-diffusion, diffusers",
        ),
        (changed("kind", 'name = "x", kind'), "field name: the name is what the table is called"),
        (changed("a/b", "b"), r"field model: 'b' is neither a hub id \(owner/name\) nor a folder"),
        (changed("a/b", "a/b/c"), "field model: 'a/b/c' is neither"),
        (changed("steps = 1", "steps = 0"), "field steps: Input should be greater than or equal to 1"),
        (changed("steps = 1, ", ""), "field steps: Field required"),
        (changed("steps = 1", 'steps = "1"'), "field steps: Input should be a valid integer"),
        (changed("0.0", "nan"), "field guidance_scale: "),
        (changed('"MIT"', '""'), "field licence: "),
        (changed("steps", "width = 65, steps"), "field width: Input should be a multiple of 8"),
        (changed("steps", "height = 8192, steps"), "field height: "),
        (changed("steps", 'dtype = "int8", steps'), "field dtype: Input should be 'float32', 'float16' or 'bfloat16'"),
        (changed("steps", 'scheduler = "os.system", steps'), "field scheduler: "),
        (
            changed("steps", "trust_remote_code = true, steps"),
            "field trust_remote_code: Extra inputs are not permitted",
        ),
        (
            'x = { kind = "inference", model = "a/b", licence = "MIT" }',
            "entry 'x': name either a model and its provider",
        ),
        ('x = { kind = "inference", url = "ftp://x", licence = "MIT" }', "field url: "),
        ('x = { kind = "inference", model = "a/b", provider = "me", licence = "MIT" }', "field provider: "),
        ('x = { kind = "space", space = "b", api_name = "/x", licence = "MIT" }', "field space: "),
        (
            'x = { kind = "space", space = "http://a:99999", api_name = "/x", licence = "MIT" }',
            "field space: Port out of",
        ),
        ('x = { kind = "inference", url = "http://a:99999", licence = "MIT" }', "Port out of range"),
        (changed("a/b", "a/.."), "field model: "),
        (changed("a/b", "a$/b"), "field model: Repo id must use"),
    ],
)
def test_an_error_names_file_entry_and_field(text: str, says: str, tmp_path: Path) -> None:
    before = [generator.name for generator in GENERATORS]
    with pytest.raises(DataError, match=rf"models\.toml.*{says}") as caught:
        register_file(write(tmp_path, text))
    assert "\n" not in str(caught.value).rstrip()
    assert [generator.name for generator in GENERATORS] == before


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.toml can't be read \(No such file or directory\)"):
        register_file(tmp_path / "none.toml")


def test_a_folder_is_found_beside_the_file(tmp_path: Path) -> None:
    register_file(write(tmp_path, changed("a/b", "./mine")))
    assert str(tmp_path / "mine") in str(known(GENERATORS["tiny"]))
    assert str(tmp_path) not in GENERATORS["tiny"].method


def test_the_providers_are_the_clients() -> None:
    assert set(get_args(Provider)) == {name for name, tasks in PROVIDERS.items() if "text-to-image" in tasks}


def test_the_page_lists_what_is_known_and_why_the_rest_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.generators.snapshots.constants.HF_HUB_CACHE", str(tmp_path))
    register_file(write(tmp_path, TINY + changed("a/b", "./gone").replace("tiny", "gone")))
    entries = [known(GENERATORS[name]) for name in ("tiny", "gone", "galip")]
    assert isinstance(entries[0], Facts)
    assert (entries[0].parameters, entries[0].revision) == (None, "unknown")
    assert GENERATORS["tiny"].weights == (tmp_path / "models--a--b" / "model_index.json",), "it will need a device"
    html = render_roster([(entry, Accepts()) for entry in entries])
    assert "(not downloaded yet)</td><td>-</td><td>-</td><td>MIT</td>" in html
    assert f"gone: There is no folder {tmp_path / 'gone'}." in html
    assert "GALIP-style GAN" in html


def test_what_is_broken_meets_nobody_and_the_rest_serve(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    file = write(tmp_path, changed("a/b", "./gone"))
    assert [one.name for one in select_usable(roster(("mock", str(file), "galip")))] == ["mock", "galip"]
    assert f"tiny: There is no folder {tmp_path / 'gone'}." in caplog.text


def test_listing_a_file_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = ("torch", "diffusers", "transformers", "gradio_client", "gradio", "httpx")
    code = (
        "import sys; from hub.generators import roster; from hub.generators.facts import known;"
        f"[known(one) for one in roster(({str(EXAMPLE)!r},))];"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_broken_file_stops_a_command_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_GENERATORS", str(write(tmp_path, "tiny = 3")))
    command = [sys.executable, "-m", "hub.generators"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{tmp_path / 'models.toml'}, entry 'tiny' must be a table with a kind")
    assert done.stderr.count("\n") == 1
