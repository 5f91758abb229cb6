"""Evaluates two versions of a mock model by inspect_ai, three epochs each, into the folder that is given: the champion
as an .eval archive, the candidate as such and as .json, and one whose samples broke down or ran into a limit."""

import random
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import inspect_ai.log._log
import tiktoken
from inspect_ai import Task, eval
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import Score, accuracy, match, mean, scorer, stderr
from inspect_ai.solver import generate, solver, system_message

# The mock model counts its tokens by a vocabulary that it would fetch.
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_: type("Bytes", (), {"encode": lambda _, text, **__: list(text.encode())})()

AIRPORTS = ["ATL", "JFK", "ORD"]
SAMPLES = 20


def model(lost):
    """Says of each flight what a draw of its own says, epoch by epoch; a version loses `lost` flights more."""
    asked = {}

    def answer(messages, *_):
        flight = int(messages[-1].text.split()[2])
        epoch = asked[flight] = asked.get(flight, -1) + 1
        late = flight % 2 == 0
        wrong = random.Random(flight * 10 + epoch).random() < 0.25 or flight < lost
        return ModelOutput.from_content("mockllm/model", "on time" if late == wrong else "late")

    return get_model("mockllm/model", custom_outputs=answer, memoize=False)


@scorer(metrics={"brief": [mean(), stderr()], "sure": [mean(), stderr()]})
def style():
    async def score(state, target):
        said = state.output.completion
        return Score(value={"brief": "C" if len(said) < 6 else "P", "sure": len(said) / 10})

    return score


@solver
def breaking():
    async def solve(state, generate):
        if state.sample_id == 2:
            raise RuntimeError("no answer from the model")
        return await generate(state)

    return solve


def task(samples=SAMPLES, solvers=(), message_limit=None):
    flights = [
        Sample(id=i, input=f"Is flight {i} late?", target="late" if i % 2 == 0 else "on time",
               metadata={"airport": AIRPORTS[i % 3], "day": i // 4}) for i in range(samples)
    ]  # fmt: skip
    return Task(name="late_flights", dataset=MemoryDataset(flights, name="late-flights"), scorer=[match(), style()],
                solver=[system_message("Say late or on time."), *(solvers or [generate()])], message_limit=message_limit)  # fmt: skip


def write(target, task, lost=0, epochs=3, **options):
    with TemporaryDirectory() as folder:
        (log,) = eval(task, model=model(lost), epochs=epochs, log_dir=folder, log_format=target.suffix[1:],
                      display="none", max_connections=1, max_samples=1, log_model_api=False, **options)  # fmt: skip
        shutil.copy(log.location, target)
        print(target.name, log.status, target.stat().st_size)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    write(out / "inspect-samples-champion.eval", task())
    write(out / "inspect-samples-candidate.eval", task(), lost=2)
    write(out / "inspect-samples.json", task(3), epochs=2)
    # A traceback says where the tool is installed.
    inspect_ai.log._log.format_traceback = lambda kind, error, _: (f"{error!r}\n",) * 2
    write(out / "inspect-samples-broken.eval", task(6, solvers=[breaking()]), epochs=1, fail_on_error=False)
    write(out / "inspect-samples-limit.eval", task(3, message_limit=2), epochs=1)
    write(out / "inspect-samples-chosen.eval", task(3), epochs=1, sample_id=[1])
