"""Words of the list that are decent where they stand plain: names and things, animals alone, and whole phrases.

Each is decent only as it is typed in plain letters. In any disguise ("c0ck", "c o c k", "coooock") it is refused, as
all other words of the list are.
"""

import re

PLAIN = """
areole, dyke, dykes, frigg, frigga, gaylord, guido, hebe, hoare, kill, kraut, leper
"""  # goddesses, people, dams, cabbage, a cactus's areole: decent whatever stands beside them
ALONE = """
ass, asses, cock, cocks, jackass, lust, pee, penetrate, penetration, screwed, screwing, suck, sucked, sucking, teat
"""  # an ass that pulls a cart, a cock that crows: refused beside one another, and in lewd company
PHRASES = """
spotted dick, moby dick, dick tracy, dick turpin, dick whittington, philip k. dick, dick van dyke, tom dick and harry
blue tit, coal tit, marsh tit, willow tit, crested tit, long-tailed tit, bearded tit, azure tit, penduline tit
blue tits, coal tits, marsh tits, willow tits, crested tits, long-tailed tits, bearded tits, great tit, tit for tat
pussy willow, pussy willows, pussy cat, pussy cats, maine coon, bastard sword, bastard swords
cock-a-doodle-doo, cock-and-bull, weather-cock, weather cock, cock of the rock, black-cock
sperm whale, sperm whales, naked mole rat, naked mole rats, naked eye, naked tree, naked trees, naked branches
naked flame, naked bulb, nude lipstick, nude heels, nude nail polish, horny toad, horny toads, horny beak
chicken breasts, turkey breasts, duck breasts, goose breasts, quail breasts, pheasant breasts, red breasts
golden shower tree, golden shower trees, rape seed, oilseed rape, rape field, rape fields, rape flowers
wood pecker, jackass penguin, jackass penguins, european shag, shag carpet, shag rug, shag haircut
opium poppy, opium poppies, corn smut, pond scum, soap scum, soused herring, soused mackerel, kinky hair
spick and span, spic and span, sodom and gomorrah, homo sapiens, homo erectus, homo habilis, homo neanderthalensis
magna cum laude, summa cum laude, cum laude, honky tonk, fanny pack, fanny packs, fanny mendelssohn, fanny brice
two-fisted, iron-fisted, ham-fisted, tight-fisted, fingering chart, guitar fingering, flute fingering, piano fingering
chink of light, chink in the armor, chink in the armour, chink in the wall, chink in the curtain, chink in the curtains
faggot of wood, faggots of wood, faggot of sticks, faggots of sticks, crotch of a tree, crotch of the tree
murder of crows, murder mystery, murder hornet, murder hornets, rio negro, cerro negro, nob hill, lech walesa
grease nipple, grease nipples, pipe nipple, pipe nipples, baby bottle nipple, bottle nipple, lube oil, chain lube
pin prick, pin pricks, pricks her finger, pricks a finger, prick of a needle, prick of a thorn
same-sex couple, same-sex couples, same-sex marriage, same-sex wedding, slave ship, slave ships, dying slave
reefer ship, reefer ships, reefer container, reefer containers, steve reich, john lee hooker, caber tosser
pizza tosser, salad tosser, weiner dog, weiner dogs, weenie roast
"""  # decent as a whole alone: "great tits" and "white breasts" are not among them
MAN = r"(?:wom[ae]n|m[ae]n|girls?|boys?|guys?|teens?|lad(?:y|ies))"
WHOSE = (
    rf"(?:(?:my|your|h(?:is|er)|{MAN}'s?)(?:\s+\w+)?|big|huge|giant|hard|erect|throbbing|thick|long|fat|wet|hairy|juicy|"
    r"tight|hot|nice|bare|bubble|"
    r"bad|dumb|smart|lazy|kick\w*|kiss\w*|lick\w*|suck\w*|grab\w*|touch\w*|strok\w*|spank\w*|rid(?:e|es|ing))"
)
THEN = r"(?:ring|cage|tease|hole|cheeks?|crack|head|slut|me|h[i]m|my)"
LEWD = (
    r"(?:nsfw|sexy|topless|lingerie|bikini|thong|lick\w*|moan\w*|undress\w*|strippers?|seductive\w*|aroused|"
    r"between\s+(?:\w+\s+)?legs)"
)
WHOM = rf"(?:{MAN}|h[i]m|me|other|h[e]r(?=\s*(?:$|[,.;!]|and\b|on\b|from\b)))"  # "her" alone, not her thumb
DONE_TO = rf"(?:penetrat(?:e|ion)|screw(?:ed|ing)|suck(?:ed|ing)?)\s+(?:\w+\s+){{0,3}}{WHOM}(?![\w'\u2019-])"
GAP = r"[\s-]{1,2}"


def split_words(text: str) -> list[str]:
    """Return the words or phrases of a list, which commas and ends of lines part."""
    return [one for one in re.split(r",\s*|\n", text) if one]


def _spell(phrase: str) -> str:
    return GAP.join(re.escape(word) for word in re.split(r"[\s-]", phrase))


def _stem(word: str) -> str:
    """Return a word without the ending of its plural or its tense."""
    return re.sub(r"(?<=ss)es$|(?<=[kt])s$|ed$|ing$|e$|ion$", "", word)


def _any_of(alternatives: str) -> re.Pattern[str]:
    """Return what finds these between blanks and common marks, as a plain word stands."""
    return re.compile(rf"(?<![\w*@$#_+-])(?:{alternatives})(?![\w*@$#_+-])")


_PHRASES = _any_of("|".join(map(_spell, sorted(split_words(PHRASES), key=len, reverse=True))))
_PLAIN = _any_of("|".join(split_words(PLAIN)))
_WORDS = "|".join(split_words(ALONE))
_ALONE = _any_of(_WORDS)
_COMPANY = re.compile(rf"\b{WHOSE}\s+(?:{_WORDS})\b|\b(?:{_WORDS})\s+{THEN}\b|\bass\s+up\b|\b{LEWD}\b|\b{DONE_TO}")


def take_out_decent(text: str) -> str:
    """Return a prompt in lower case without its words that are decent as they stand; a comma is in their place.

    Words of ``ALONE`` stay where two different ones stand, or where one is in the company of a word that changes it.
    """
    lower = "".join(char.lower() if char.isascii() else char for char in text)  # a Kelvin sign is no plain k
    rest = _PLAIN.sub(",", _PHRASES.sub(",", lower))
    alone = {_stem(word) for word in _ALONE.findall(rest)}
    if len(alone) != 1 or _COMPANY.search(rest):
        return rest
    return _ALONE.sub(",", rest)
