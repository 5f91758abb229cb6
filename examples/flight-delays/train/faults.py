"""The mistake behind `regressed`, made on purpose and named in its model.json.

From 1 March on, the departures of five airports came from a provider who counts minutes early as
positive, where everyone else counts minutes late. Nobody changed the sign, so a flight that came
25 minutes early was learnt as a late one. Over all airports the share of late flights moves by a
quarter of a point only, so no total looks odd. Flights that are scored have their right labels, as
always: the mistake shows at these airports and hardly anywhere else.
"""

import pandas as pd

from flights import is_late

AIRPORTS = ["BWI", "EWR", "MCO", "MIA", "TPA"]
SINCE = pd.Timestamp("2001-03-01")


def sign_turned(flights: pd.DataFrame) -> pd.DataFrame:
    """The flights as they were learnt from: the provider's rows labelled by the delay's wrong sign."""
    spoilt = flights.copy()
    rows = spoilt["origin"].isin(AIRPORTS) & (spoilt["date"] >= SINCE)
    spoilt.loc[rows, "late"] = is_late(-spoilt.loc[rows, "delay"])
    return spoilt
