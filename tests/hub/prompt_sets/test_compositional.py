"""The compositional set: made by rule, the same each time, and each prompt says what its picture must show."""

import re
import subprocess
import sys

from hub.methods.data.concepts import load_labels
from hub.prompt_sets.compositional import COLOURS, NUMBERS, Relation, Task, list_expectations, set_digest
from hub.prompt_sets.own_sets import load_compositional_set
from hub.prompts import check_prompt, load_captions

LIST = "from hub.prompt_sets.compositional import set_digest; print(set_digest())"
OTHER_NAMES = {"car": "automobile", "book": "closed book"}  # of concepts, where a plainer word is asked for


def test_it_is_the_set_that_figures_were_measured_on() -> None:
    assert set_digest() == "bb351b210490"  # where it changes, figures of before are of another set: measure again
    done = subprocess.run([sys.executable, "-c", LIST], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == set_digest()


def test_every_task_has_as_many_prompts_and_each_can_be_drawn() -> None:
    found = load_compositional_set()
    assert [one.category for one in found.prompts].count("count") * 4 == len(found.prompts) == 320
    assert tuple(dict.fromkeys(one.category for one in found.prompts)) == tuple(Task)
    assert [check_prompt(one.text) for one in found.prompts] == list(list_expectations())


def test_the_words_of_a_prompt_say_what_is_expected() -> None:
    for text, expected in list_expectations().items():
        colours = tuple(re.findall("|".join(COLOURS), text))
        if expected.task is Task.counting:
            assert text.startswith(NUMBERS[len(expected.things)])
            assert len({*expected.things}) == 1
        else:
            assert tuple(thing.colour for thing in expected.things if thing.colour) == colours
            assert all(re.search(rf"\ban? ({thing.colour} )?{thing.noun}\b", text) for thing in expected.things)
        relations = [one for one in Relation if f" {one} " in text]
        assert relations == ([expected.relation] if expected.relation else [])


def test_things_of_a_pair_differ_and_relations_are_as_many() -> None:
    placed = [one for one in list_expectations().values() if one.task is Task.position]
    assert {[one.relation for one in placed].count(relation) for relation in Relation} == {len(placed) // 4}
    for one in list_expectations().values():
        if one.task in (Task.position, Task.two_objects):
            first, second = one.things
            assert first.colour != second.colour or (first.noun != second.noun and not first.colour)


def test_nouns_are_concepts_of_the_training_data_or_held_out() -> None:
    known = {*load_labels(), *(caption.rpartition(", in ")[0] for caption in load_captions())}
    words = {word for label in known for word in (label, label.rpartition(" ")[2])}
    nouns = {thing.noun for one in list_expectations().values() for thing in one.things}
    of_validation = {"green book"}  # whose labels are not here
    assert {OTHER_NAMES.get(noun, noun) for noun in nouns} - words == of_validation
