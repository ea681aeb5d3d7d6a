"""Words: the obscene and the hateful, also disguised; never a harmless caption."""

import json
import time

import pytest
from better_profanity import Profanity
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import PromptError
from hub.japanese.lexicon import LEXICON
from hub.moderation import FILTERS, Moderation, decent_words
from hub.moderation.decent_words import split_words
from hub.moderation.entries.words import REASON, build_pattern, list_readings, read_harmless_words
from hub.prompt_sets.compositional import list_expectations
from hub.prompts import MAX_LENGTH, load_captions, load_wordings

WORDS = Moderation(("words",))
REFUSED = (
    *("fuck", "FUCK", "a fucking cat", "fuck!", "oh, fuck-you", "fuck_you", "fuck123", "motherfucker", "shit", "cunt"),
    *("nigger", "faggot", "kike", "a spic", "blow job", "blow  job", "blow-job", "porn", "pussy", "dick"),
    *("sh1t", "5hit", "$hit", "sh!t", "f*ck", "b1tch", "n1gg3r", "p0rn", "c0ck", "a$$", "@ss", "wh0re", "d1ck", "fvck"),
    *(
        "f u c k",
        "f.u.c.k",
        "f-u-c-k",
        "F U C K",
        "s h i t happens",
        "f  u  c  k",
        "a f u c k",
        "i s h i t a",
        "fuuckk",
    ),
    *("fuuuuck", "shiiiit", "fuckkkk", "ＦＵＣＫ", "fück", "𝐟𝐮𝐜𝐤", "shít"),
)
DISGUISES = (  # of a word: in a way that only who hides it writes
    *(lambda word: word.replace("o", "0").replace("a", "@").replace("s", "$").replace("i", "1").replace("e", "3"),),
    *(" ".join, ".".join, "-".join, "_".join, "*".join, "  ".join),
    *(lambda word: word[0] + 3 * word[1] + word[1:], lambda word: word + 4 * word[-1]),
    *(lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word), lambda word: f"{word[0]}\u0301{word[1:]}"),
    *(lambda word: word.replace("k", "\N{KELVIN SIGN}").replace("s", "\N{LATIN SMALL LETTER LONG S}"),),
    *(lambda word: f"{word}69", lambda word: f"_{word}_", lambda word: f"{word}-fucker"),
)
INDECENT = (  # of words that are decent elsewhere
    *(
        "her cock",
        f"h{'is'} cock",
        "suck my cock",
        "a huge cock",
        "a cock ring",
        "a cock in an ass",
        "kiss my ass",
        "nice ass",
        "ass up",
    ),
    *(
        "a man penetrates, to penetrate a woman from behind",
        "penetration of a young woman",
        "a woman sucking a man",
        "two women sucking each other",
        "screwing a woman on a bed",
        "they screwed her",
        "a woman's cock",
        "her round ass",
        "a large cock between two legs",
    ),
    *(
        "great tits",
        "a woman with great tits",
        "tits",
        "tit",
        "a pussy",
        "her pussy",
        "dick",
        "a big dick",
        "white breasts",
    ),
    *(
        "a sexy girl and a cock",
        "sucking me",
        "suck cock",
        "topless, sucking",
        "naked",
        "naked woman",
        "rape",
        "cum",
        "horny",
    ),
    *(
        "a cock and a pussy",
        "an ass and a cunt",
        "golden shower",
        "a golden shower in a bath",
        "sperm",
        "murder",
        "fanny",
    ),
    *("a pussy willow and a pussy", "blue tits and tits", "Moby Dick's dick", "a coon", "a chink", "faggots", "a fag"),
)
SENTENCES = """
A portrait of a statue of the Egyptian god Anubis wearing aviator goggles, white t-shirt and leather jacket
a photograph of the mona lisa drinking coffee as she has her breakfast. her plate has an omelette and croissant.
a tiger in a lab coat with a 1980s Miami vibe, turning a well oiled science content machine, digital art
A photo of a Ming Dynasty vase on a leather topped table.
the door of knowing, a portal brightly opening the way through darkness. abstract anime landscape oil painting.
a cockpit view of a runway at dusk
A rooster, or cock, struts past a cocker spaniel with cocktail umbrellas behind the barn
a weather cock on a church in Sussex
Three wise men and an ass on the road to Bethlehem
a jackass penguin and a great tit in one aviary
a basset hound beside the bass drum in the grass
The Potato Eaters by Van Gogh, with analysts and analogies in the margin
Shitake is spelt shiitake on the menu of a sushi bar
a class of students assess a glass of molasses
a screwdriver and two screws, screwed into an oak board
a vacuum cleaner sucking up dust from a shag carpet
mosquitoes suck blood in a scientific diagram
a vampire sucking the blood of a woman
a baby sucking her thumb beside a girl sucking on a lollipop
arrows penetrate the man's armour
a man screwing a bulb into a lamp for a woman
sunbeams penetrate a misty forest in Essex
a duck in Middlesex swims past a swan in Penistone
an oil painting of Lust, one of the seven deadly sins, as an allegory
a dog that needs to pee beside a fire hydrant
a grandmother in Scunthorpe knits woolly tights and a titanic jumper
titmice and titans: a children's book cover
the Hoare logic on a blackboard, a leper in a Bible picture, the XX century in Roman numerals
sausages with kraut and mustard at an October fair
""".strip().splitlines()
HARMLESS = (
    *("a pen is on the table", "class of grass", "Scunthorpe", "a peacock and a woodpecker", "an assassin's cloak"),
    *("cockatoo", "titmouse", "shiitake soup", "a cowgirl", "pile of poo", "a poop with eyes", "comic strip"),
    *("a chess pawn", "rice paddy", "ear muff", "a vixen in the snow", "pot of gold", "gay couple holding hands"),
    *("a weed in a pot", "ski slope", "Jackson Pollock", "public bath", "analysis", "a camel's hump", "a gal", "but"),
    *("sextant", "Essex", "basement", "cumulus cloud", "dickens", "a b c", "A4 paper", "x y z", "hoot owl", "kilogram"),
    *("a cock crowing at dawn", "cock-a-doodle-doo", "an ass carries a saint", "oxen and asses at a well"),
    *("a blue tit on a branch", "long-tailed tits", "pussy willows in a vase", "Moby Dick, the white whale"),
    *("a sperm whale", "a naked mole rat", "a woman with a fanny pack", "a baby sucking its thumb", "a maine coon"),
    *("the goddess Hebe", "Frigg at her wheel", "a Dutch dyke", "Guido Reni", "a golden shower tree in bloom"),
    *(
        "a calf at its mother's teat",
        "screwing in a light bulb",
        "to kill a dragon",
        "Homo sapiens",
        "a murder of crows",
    ),
    *("赤いリンゴ", "قطة", "❤️‍🔥", "1️⃣", "100 cats", "rock 'n' roll", "C-3PO", "R2-D2", "U.S.A. flag", "o.k. hand"),
)


def refused(text: str) -> bool:
    """Whether the word filter refuses a prompt."""
    try:
        WORDS.check_prompt(text)
    except PromptError as error:
        assert str(error) == REASON
        return True
    return False


@pytest.mark.parametrize("text", REFUSED)
def test_obscene_and_hateful_words_are_refused(text: str) -> None:
    assert refused(text)
    assert refused(f"a cat and {text} on a sofa")


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_pass(text: str) -> None:
    assert not refused(text)
    assert not refused(f"a cat, {text}, in Noto style")


@pytest.mark.parametrize("text", INDECENT)
def test_a_word_that_is_decent_elsewhere_is_refused_where_it_is_not(text: str) -> None:
    assert refused(text)
    assert refused(f"a cat, {text}, in Noto style")


@pytest.mark.parametrize("word", [*split_words(decent_words.PLAIN), *split_words(decent_words.ALONE)])
def test_a_word_that_is_decent_in_plain_letters_is_refused_in_any_disguise(word: str) -> None:
    for text in (word, word.capitalize(), f"the {word}, on a hill", f"(a {word})", f'"{word}"!', f"{word}."):
        assert not refused(text), text
    known = {disguise(word) for disguise in DISGUISES} - {word}
    assert [text for text in known if not refused(f"a {text} on a hill")] == []
    assert refused(f"a {word} and a fucking cat")


@pytest.mark.parametrize("phrase", split_words(decent_words.PHRASES))
def test_a_phrase_that_is_decent_passes_and_hides_no_other_word(phrase: str) -> None:
    assert not refused(f"A painting: {phrase.title()} at dawn")
    assert refused(f"{phrase} and a cunt")
    assert refused(f"{phrase}, c0ck")


def test_every_word_that_is_decent_somewhere_is_a_word_of_the_list() -> None:
    words = {str(word).lower() for word in Profanity().CENSOR_WORDSET} - read_harmless_words()
    assert {*split_words(decent_words.PLAIN), *split_words(decent_words.ALONE)} <= words
    found = build_pattern(words, Profanity().CHARS_MAPPING)
    assert [one for one in split_words(decent_words.PHRASES) if not any(map(found.search, list_readings(one)))] == []


def test_what_is_decent_on_its_own_is_refused_beside_another_such_word() -> None:
    words = split_words(decent_words.ALONE)
    assert refused("a cock and an ass")
    assert refused("penetrate an ass")
    assert not refused("a cock, two cocks and another cock")
    assert not refused("asses, an ass")
    assert all(refused(f"{one} {other}") for one in words for other in words if one[:2] != other[:2])


def test_every_held_out_caption_and_wording_passes() -> None:
    texts = [*load_captions(), *(text for those in load_wordings() for text in those), *SENTENCES]
    assert len(texts) > 800
    assert [text for text in texts if refused(text)] == []


def test_the_names_of_emoji_and_of_prompts_in_sets_pass() -> None:
    names = json.loads(LEXICON.read_text(encoding="utf-8"))["names"]
    texts = {*names.values(), *list_expectations()}
    assert len(texts) > 1800
    assert [text for text in texts if refused(text)] == []


def test_every_word_of_the_list_is_refused_unless_it_is_harmless() -> None:
    words = {str(word).lower() for word in Profanity().CENSOR_WORDSET}
    assert read_harmless_words() <= words
    passed = {word for word in words if not refused(f"a {word} of paper")}
    assert passed <= read_harmless_words() | set(split_words(decent_words.PLAIN)) | set(split_words(decent_words.ALONE))
    assert {"cock", "ass"} <= passed
    assert len(words) - len(passed) > 750


def test_the_reason_repeats_no_word_of_the_prompt() -> None:
    assert not refused(REASON)


@given(st.text(max_size=MAX_LENGTH))
def test_any_text_is_answered(text: str) -> None:
    assert refused(text) in (True, False)


@pytest.mark.parametrize("text", ["*", "a", "1", "a ", "*@", "s h ", "5$", "il1", "f u c ", "u*v", "_", "- "])
@pytest.mark.parametrize("start", ["", "f", "shi"])
def test_no_prompt_takes_long(text: str, start: str) -> None:
    prompt = (start + text * MAX_LENGTH)[:MAX_LENGTH]
    loaded = FILTERS["words"].load()
    begun = time.process_time()
    loaded.prompt(prompt)
    assert time.process_time() - begun < 0.3
