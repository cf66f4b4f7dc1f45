#!/bin/sh
# Compares examples/spark_batch.py (local mode) with one process on the same files: the bytes must be the same.
#
#   spark-test.sh VIGIL PYTHON FILE…        PYTHON has pyspark (from PyPI)
set -eu
vigil=$(realpath "$1")
python=$2
shift 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT INT TERM
for file; do realpath "$file"; done >"$folder/list"
echo "$folder/missing.mp4" >>"$folder/list"
"$vigil" analyze --jsonl - <"$folder/list" >"$folder/one" 2>/dev/null || [ $? -eq 3 ]
SPARK_LOCAL_IP=127.0.0.1 "$python" "$(dirname "$0")/../../examples/spark_batch.py" --partitions 2 --vigil "$vigil" \
  "$folder/list" "$folder/many" 2>"$folder/log" || { tail -n 5 "$folder/log"; exit 1; }
cmp "$folder/one" "$folder/many"
echo "spark-test: $(wc -l <"$folder/many") results, the same bytes as one process"
