"""Evaluates with evaluators of our own, and writes what `evaluate` of azure-ai-evaluation writes: once whole, once
with an evaluator that breaks down on a row."""

import sys
from pathlib import Path

from azure.ai.evaluation import evaluate

HERE = Path(__file__).parent


class Same:
    def __call__(self, *, response: str, truth: str, **kwargs):
        same = response == truth
        return {"same": float(same), "same_result": "pass" if same else "fail"}


class Breaking:
    def __call__(self, *, response: str, truth: str, **kwargs):
        if response != truth:
            raise ValueError("no answer from the judge")
        return {"same": 1.0, "same_result": "pass"}


if __name__ == "__main__":
    for name, evaluator in [("azure.json", Same()), ("azure-broken.json", Breaking())]:
        evaluate(
            data=str(HERE / "azure-rows.jsonl"),
            evaluators={"same": evaluator},
            output_path=str(Path(sys.argv[1]) / name),
        )
