"""Writes a model card and evaluation results by huggingface_hub, into the folder that is given; with --check, reads back
what model-gate wrote by huggingface_hub's own parser, and says what it found."""

import sys
from pathlib import Path

import yaml
from huggingface_hub import (
    EvalResult,
    EvalResultEntry,
    ModelCard,
    ModelCardData,
    eval_result_entries_to_yaml,
    parse_eval_result_entries,
)


def result(metric, value, dataset="flights", **more):
    return EvalResult(task_type="text-classification", dataset_type=f"octo-org/{dataset}", dataset_name=dataset.title(),
                      metric_type=metric, metric_value=value, **more)  # fmt: skip


def check(file):
    written = yaml.safe_load(Path(file).read_text())
    entries = parse_eval_result_entries(written)
    assert eval_result_entries_to_yaml(entries) == written, "the parser lost or changed something"
    for entry in entries:
        print(entry)


if __name__ == "__main__":
    if sys.argv[1] == "--check":
        check(sys.argv[2])
        sys.exit()
    out = Path(sys.argv[1])
    results = [
        result("accuracy", 0.91, dataset_split="test", dataset_revision="5503434ddd753f426f4b38109466949a1217c2bb"),
        result("accuracy", 0.93, dataset_split="validation"),
        result("mean_reward", "20.0 ± 1.2", dataset="runway"),
        result("f1", float("nan"), verified=True, verify_token="eyJhbGciOiJFZERTQSJ9"),
    ]
    card = ModelCardData(model_name="late-flights", eval_results=results, license="apache-2.0")
    ModelCard(f"---\n{card}\n---\n\n# Late flights\n\nSays which flights will be late.\n").save(out / "model-card.md")
    entries = [
        EvalResultEntry(dataset_id="octo-org/flights", task_id="late", value=0.625,
                        dataset_revision="5503434ddd753f426f4b38109466949a1217c2bb", notes="held-out week",
                        source_url="https://github.com/octo-org/flights/actions/runs/7/attempts/2", source_name="Sluice model-gate"),
        EvalResultEntry(dataset_id="octo-org/flights", task_id="early", value=37.5),
    ]  # fmt: skip
    (out / "eval-results.yaml").write_text(yaml.dump(eval_result_entries_to_yaml(entries), sort_keys=False))
