"""The model of years ago: a scikit-learn pipeline in a pickle, kept so that there is one to scan."""

from pathlib import Path

import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def write_legacy(flights: pd.DataFrame, file: Path) -> None:
    """Fits on hour, origin and destination, and pickles the pipeline with joblib."""
    frame = pd.DataFrame({
        "hour": flights["date"].dt.hour,
        "origin": flights["origin"].astype(object),
        "destination": flights["destination"].astype(object),
    })
    pipeline = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression(max_iter=200, random_state=0))
    pipeline.fit(frame.to_numpy(dtype=object), flights["late"].to_numpy())
    file.parent.mkdir(parents=True, exist_ok=True)
    joblib.dump(pipeline, file)
