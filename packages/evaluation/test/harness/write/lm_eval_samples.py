"""Evaluates three versions of a small model by lm-evaluation-harness with --log_samples, into the folder that is given:
the champion, a candidate that answers nearly as it does, and the champion asked by another prompt."""

import json
import random
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from lm_eval.__main__ import cli_evaluate
from lm_eval.api.model import LM
from lm_eval.api.registry import register_model

HERE = Path(__file__).parent / "lm-eval-samples"
AIRPORTS = ["ATL", "JFK", "ORD", "DEN"]
FLIGHTS = 50


@register_model("flights")
class Flights(LM):
    """Knows which flights are hard from their number; `lost` of them a version gets wrong that another gets right."""

    def __init__(self, lost: int = 0, **_) -> None:
        super().__init__()
        self.lost = int(lost)

    @classmethod
    def create_from_arg_string(cls, arg_string, additional_config=None):
        return cls(**dict(part.split("=") for part in arg_string.split(",") if part))

    def generate_until(self, requests, disable_tqdm=False):
        return [self.answer(int(request.arguments[0].split("flight ")[1].split(" ")[0])) for request in requests]

    def answer(self, flight):
        draw = random.Random(flight)
        late = draw.random() < 0.4
        hard, loose = draw.random() < 0.3, draw.random() < 0.2
        said = "late" if late != (hard or flight < self.lost) else "on time"
        return said if loose else f"The flight is {said}."

    def loglikelihood(self, requests, disable_tqdm=False):
        raise NotImplementedError

    loglikelihood_rolling = loglikelihood


def evaluate(model_args, task, name, out):
    with TemporaryDirectory() as folder:
        sys.argv = ["lm_eval", "run", "--model", "flights", "--model_args", model_args, "--tasks", "flights_answers",
                    "--include_path", task, "--output_path", folder, "--log_samples"]  # fmt: skip
        cli_evaluate()
        (samples,) = Path(folder).glob("**/samples_*.jsonl")
        (results,) = Path(folder).glob("**/results_*.json")
        shutil.copy(samples, out / f"lm-eval-samples-{name}.jsonl")
        if name != "prompted":
            shutil.copy(results, out / f"lm-eval-results-{name}.json")


if __name__ == "__main__":
    import os

    out = Path(sys.argv[1]).resolve()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        rows = []
        for flight in range(FLIGHTS):
            late = random.Random(flight).random() < 0.4
            airport = AIRPORTS[flight % len(AIRPORTS)]
            rows.append({"question": f"Is flight {flight} from {airport} late?", "answer": "late" if late else "on time",
                         "airport": airport, "day": flight // 5})  # fmt: skip
        Path("flights.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        task = (HERE / "flights_answers.yaml").read_text()
        for name, args, prompt in [("champion", "lost=0", ""), ("candidate", "lost=2", ""), ("prompted", "lost=0", "Answer: ")]:
            Path(name).mkdir()
            (Path(name) / "flights_answers.yaml").write_text(task.replace('text: "', f'text: "{prompt}'))
            evaluate(args, name, name, out)
