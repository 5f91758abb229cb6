"""Writes a test run of DeepEval with a metric of its own, which needs no network, into the folder that is given."""

import os
import sys

os.environ["DEEPEVAL_TELEMETRY_OPT_OUT"] = "YES"

from deepeval import evaluate
from deepeval.metrics import BaseMetric
from deepeval.test_case import LLMTestCase


class Same(BaseMetric):
    threshold = 0.5
    async_mode = False
    include_reason = True
    evaluation_model = None
    strict_mode = False
    verbose_mode = False
    evaluation_cost = None
    error = None

    def measure(self, case, *_, **__):
        self.score = 1.0 if case.actual_output == case.expected_output else 0.0
        self.success = self.score >= self.threshold
        self.reason = f"answered {case.actual_output}"
        return self.score

    async def a_measure(self, case, *_, **__):
        return self.measure(case)

    def is_successful(self):
        return self.success

    @property
    def __name__(self):
        return "Same"


if __name__ == "__main__":
    os.environ["DEEPEVAL_RESULTS_FOLDER"] = sys.argv[1]
    cases = [LLMTestCase(input=f"{i}?", actual_output="yes", expected_output="yes" if i else "no") for i in range(3)]
    evaluate(cases, [Same()])
