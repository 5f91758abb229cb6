"""Writes test runs of DeepEval over two versions of a small model, and of one by another prompt, into the folder that is
given."""

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"

from deepeval import evaluate
from deepeval.test_case import LLMTestCase
from deepeval_run import Same

CASES = 20


def run(name, lost, prompt, out):
    with TemporaryDirectory() as folder:
        os.environ["DEEPEVAL_RESULTS_FOLDER"] = folder
        cases = []
        for flight in range(CASES):
            late, hard = flight % 2 == 0, flight * 7919 % 10 < 3
            said = "late" if late != (hard or flight < lost) else "on time"
            cases.append(
                LLMTestCase(input=f"Is flight {flight} late?", actual_output=said,
                            expected_output="late" if late else "on time", metadata={"airport": "AJ"[flight % 2]})
            )  # fmt: skip
        evaluate(cases, [Same()], hyperparameters={"model": name, "prompt template": prompt})
        (written,) = Path(folder).glob("test_run_*.json")
        shutil.copy(written, out / f"deepeval-{name}.json")


if __name__ == "__main__":
    out = Path(sys.argv[1])
    run("champion", 0, "Say late or on time.", out)
    run("candidate", 2, "Say late or on time.", out)
    run("prompted", 0, "Think, then say late or on time.", out)
