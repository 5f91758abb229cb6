"""Trains a tiny random BERT on flights by the Trainer of transformers, on the CPU and offline, and writes its
all_results.json into the folder that is given; a second one after an evaluation whose loss is NaN."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments, set_seed

FLIGHTS = 24


def flights():
    """The airport, the hour, and whether the flight was late, as tokens."""
    rows = [(i % 5, 5 + i % 7, int(i % 3 == 0)) for i in range(FLIGHTS)]
    return [{"input_ids": [airport, hour], "attention_mask": [1, 1], "labels": late} for airport, hour, late in rows]


def accuracy(prediction):
    return {"accuracy": float((prediction.predictions.argmax(-1) == prediction.label_ids).mean())}


def run(target, broken):
    set_seed(1)
    config = BertConfig(vocab_size=16, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
                        max_position_embeddings=4)  # fmt: skip
    with TemporaryDirectory() as folder:
        arguments = TrainingArguments(folder, num_train_epochs=1, per_device_train_batch_size=8, use_cpu=True,
                                      report_to=[], save_strategy="no", disable_tqdm=True)  # fmt: skip
        trainer = Trainer(BertForSequenceClassification(config), arguments, train_dataset=flights(),
                          eval_dataset=flights(), compute_metrics=accuracy)  # fmt: skip
        trained = trainer.train()
        trainer.save_metrics("train", trained.metrics)
        if broken:
            torch.nn.init.constant_(trainer.model.classifier.weight, float("nan"))
        # As the example scripts of transformers do.
        trainer.save_metrics("eval", {**trainer.evaluate(), "eval_samples": FLIGHTS})
        shutil.copy(Path(folder) / "all_results.json", target)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    run(out / "trainer.json", broken=False)
    run(out / "trainer-nan.json", broken=True)
