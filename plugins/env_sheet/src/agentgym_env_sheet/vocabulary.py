"""Words that workbooks are made of. Each split has its own people, things and groups."""

from __future__ import annotations

PEOPLE = (
    "Amara Okell", "Boris Tanev", "Carla Wirth", "Dario Penn", "Edda Moll", "Farid Sayed", "Greta Lunt", "Hugo Varga", "Ines Calder",
    "Jonas Ebert", "Kira Voss", "Leo Marsh", "Mila Drozd", "Nils Harker", "Olga Bright", "Pavel Stern", "Quinn Rowe", "Rosa Tully",
    "Sven Aldous", "Tara Finch", "Uma Kessel", "Viktor Lane", "Wanda Pike", "Xenia Brook", "Yusuf Adler", "Zora Beck", "Alba Crane",
    "Bruno Holt", "Celia Dunn", "Denis Frey", "Elif Garner", "Felix Hurst", "Gemma Irving", "Hana Jolly", "Ivo Kemp", "Jana Lark",
    "Karim Mead", "Lena North", "Marco Orme", "Nadia Platt", "Oscar Quill", "Petra Reed", "Rafael Shaw", "Selma Thorne", "Timo Usher",
    "Ursula Vale", "Vera Wolfe", "Willem York", "Yara Zeller", "Anton Blythe", "Bella Coyle", "Cyril Deane", "Dora Ewing", "Emil Foss",
    "Freya Gale", "Gustav Hale", "Helga Inman", "Igor Judd", "Judith Kerr", "Konrad Lyle",
)  # fmt: skip
THINGS = (
    "Desk lamp", "Wall clock", "Garden hose", "Tea kettle", "Bread knife", "Camping stove", "Rain jacket", "Bike pump", "Paint roller",
    "Picture frame", "Storage box", "Hand drill", "Door mat", "Soup pot", "Towel rack", "Work gloves", "Step ladder", "Ink cartridge",
    "Paper shredder", "Coat hanger", "Flower pot", "Night light", "Power strip", "Salad bowl", "Shoe rack", "Tool belt", "Water filter",
    "Yoga mat", "Alarm bell", "Baking tray", "Card reader", "Dust pan", "Egg timer", "Fan heater", "Glue gun", "Heat pad", "Ice tray",
    "Jam jar", "Key rack", "Label maker", "Milk jug", "Nail file", "Oil can", "Pencil case", "Quilt cover", "Rope ladder", "Sand paper",
    "Tape measure", "Umbrella stand", "Vase set", "Whisk broom", "Wine rack", "Zip pouch", "Bench vice", "Cable tray", "Drain cover",
    "Fuse box", "Grill brush", "Hose clamp", "Lint roller",
)  # fmt: skip
CITIES = (
    "Avonmere", "Brackley", "Calderton", "Dunholm", "Elmsworth", "Farrowby", "Glenmoor", "Hartsdale", "Ivybridge", "Kelsham", "Larkfield",
    "Millbrook", "Norwood", "Oakhaven", "Penrose", "Quarrington", "Redcliff", "Stonebury", "Thornhill", "Upminster", "Wexcombe",
    "Yarrowford", "Ashgrove", "Birchley",
)  # fmt: skip
GROUPS = (
    "Amber", "Birch", "Cobalt", "Dahlia", "Ember", "Fern", "Garnet", "Hazel", "Indigo", "Juniper", "Kestrel", "Lotus", "Maple", "Nimbus",
    "Onyx", "Poppy", "Quartz", "Raven", "Saffron", "Topaz", "Umber", "Violet", "Willow", "Zephyr",
)  # fmt: skip
TRADES = (
    "Kitchen", "Garden", "Office", "Outdoor", "Bathroom", "Workshop", "Lighting", "Textiles", "Cleaning", "Electronics", "Hardware",
    "Decor", "Travel", "Crafts", "Bedroom", "Storage",
)  # fmt: skip
UNITS = (
    "Accounts", "Design", "Logistics", "Marketing", "Research", "Support", "Legal", "Sales", "Purchasing", "Training", "Security",
    "Quality", "Planning", "Payroll", "Facilities", "Editing",
)  # fmt: skip
WORDS = (
    "overview", "report", "summary", "listing", "register", "statement", "digest", "record", "survey", "account",
)  # fmt: skip
REMARKS = (
    "Please check this figure", "Ask the supplier", "Confirmed by phone", "Needs a second look", "Discuss on Monday",
    "Compare with last year", "Taken from the old list", "Rounded by hand", "Waiting for the invoice", "Approved by the board",
)  # fmt: skip
COLOURS = ("FFF2CC", "D9EAD3", "CFE2F3", "F4CCCC", "EAD1DC", "D9D2E9", "FCE5CD", "D0E0E3", "EFEFEF", "FFE599")
POOLS = {"people": PEOPLE, "things": THINGS, "cities": CITIES, "groups": GROUPS, "trades": TRADES, "units": UNITS}


def pool(name: str, split: str) -> tuple[str, ...]:
    """The words of a kind that belong to a split: every other one is evaluation's."""
    return POOLS[name][1::2] if split == "eval" else POOLS[name][::2]
