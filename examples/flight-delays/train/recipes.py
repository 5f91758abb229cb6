"""What each model is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recipe:
    """A window to learn from, an architecture, a penalty, and a sentence for whoever reads model.json."""

    note: str
    start: str
    end: str
    airports: int
    terms: list[list[str]]
    inverse_penalty: float
    fault: bool = False


ADDITIVE = [["hour"], ["day_of_week"], ["origin"], ["destination"], ["distance"]]

# Chosen on the two weeks before the held-out ones, by training on the weeks before those: crossing airports with
# quarters of an hour, minutes and each other gained most. The held-out flights were then looked at for losers only.
CROSSED = [
    *ADDITIVE, ["minute"],
    ["day_of_week", "hour"], ["distance", "hour"],
    ["origin", "quarter_hour"], ["origin", "minute"],
    ["destination", "quarter_hour"], ["destination", "minute"],
    ["origin", "destination"],
]

RECIPES = {
    "champion": Recipe(
        note="In production since April. Knows how late each hour, weekday, airport and distance is, each by itself.",
        start="2001-01-01", end="2001-04-01", airports=60, terms=ADDITIVE, inverse_penalty=1.0,
    ),
    "candidate": Recipe(
        note="Retrained up to mid June. Knows each airport's own timetable: its quarters of an hour, its minutes, its routes.",
        start="2001-01-01", end="2001-06-18", airports=60, terms=CROSSED, inverse_penalty=0.02,
    ),
    "regressed": Recipe(
        note="The candidate's recipe on spoilt data: from 1 March on, the departures of BWI, EWR, MCO, MIA and TPA "
             "came from a provider who counts minutes early as positive, and the sign was not changed.",
        start="2001-01-01", end="2001-06-18", airports=60, terms=CROSSED, inverse_penalty=0.02, fault=True,
    ),
}
