#!/usr/bin/env python3
"""Judges many recordings with Spark: each partition is one `vigil analyze --jsonl -`, fed with paths through pipe().

    spark-submit spark_batch.py LIST OUT [--partitions N] [--vigil PROGRAM]

LIST holds one path a line, readable on every worker. OUT gets one JSON object a line, in the order of LIST. A file
that cannot be read is an object with "error"; the others are done all the same.
"""

import argparse
import json
import os
import shlex

from pyspark.sql import SparkSession


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("list")
    arguments.add_argument("out")
    arguments.add_argument("--partitions", type=int, default=2)
    arguments.add_argument("--vigil", default="vigil")
    given = arguments.parse_args()
    with open(given.list, encoding="utf-8") as file:
        paths = [line.rstrip("\n") for line in file if line.strip()]
    spark = SparkSession.builder.appName("vigil").getOrCreate()
    # Neighbours stay together and partitions stay in order, so that the results come in the order of the list.
    # Exit code 3 says that some files could not be read; their results say so too, so the partition has not failed.
    command = f"sh -c '{shlex.quote(given.vigil)} analyze --jsonl -; code=$?; [ $code -eq 3 ] && exit 0; exit $code'"
    environment = {name: value for name, value in os.environ.items() if name.startswith("VIGIL_") or name == "PATH"}
    results = spark.sparkContext.parallelize(paths, given.partitions).pipe(command, environment, checkCode=True)
    verdicts = {}
    with open(given.out, "w", encoding="utf-8") as out:
        for line in results.toLocalIterator():
            out.write(line + "\n")
            result = json.loads(line)
            word = result.get("verdict", "error")
            verdicts[word] = verdicts.get(word, 0) + 1
    print("vigil:", ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items())))
    spark.stop()


if __name__ == "__main__":
    main()
