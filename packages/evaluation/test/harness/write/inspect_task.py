"""A task for inspect_ai that needs no network: its mock model says its own name."""

import tiktoken
from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import match

# The mock model counts its tokens by a vocabulary that it would fetch.
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_: type("Bytes", (), {"encode": lambda _, text, **__: list(text.encode())})()


@task
def late_flights():
    samples = [Sample(id=i, input=f"Is flight {i} late?", target="mockllm/model" if i % 4 else "no") for i in range(12)]
    return Task(dataset=MemoryDataset(samples, name="late-flights"), scorer=match())
