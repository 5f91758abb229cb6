"""Runs checks of Deequ on Spark, one that holds, one that fails, one that cannot be computed, and writes what
`checkResultsAsJson` says, into the folder that is given. Spark fetches Deequ itself from Maven."""

import json
import os
import sys
from pathlib import Path

os.environ["SPARK_VERSION"] = "3.5"

import pydeequ
from pydeequ.checks import Check, CheckLevel
from pydeequ.verification import VerificationResult, VerificationSuite
from pyspark.sql import SparkSession

# A version that Maven Central has; pydeequ names a later one.
DEEQU = "com.amazon.deequ:deequ:2.0.7-spark-3.5"
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars.packages", DEEQU)
    .config("spark.jars.excludes", pydeequ.f2j_maven_coord)
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.ui.enabled", "false")
    .getOrCreate()
)
rows = spark.createDataFrame([(1, "ATL", 250.0), (2, None, 100.5), (3, "JFK", -3.0)], ["id", "origin", "distance"])
check = Check(spark, CheckLevel.Error, "flights").isUnique("id").isComplete("origin").isNonNegative("altitude")
warned = Check(spark, CheckLevel.Warning, "distances").isNonNegative("distance")
result = VerificationSuite(spark).onData(rows).addCheck(check).addCheck(warned).run()
(Path(sys.argv[1]) / "deequ.json").write_text(json.dumps(VerificationResult.checkResultsAsJson(spark, result)) + "\n")
spark.sparkContext._gateway.shutdown_callback_server()
spark.stop()
