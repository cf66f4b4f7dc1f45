#!/bin/sh
# Makes Sources/ModelFormats/ONNX/Generated/onnx.pb.swift from Tools/generate/onnx/onnx.proto.
#
#   Tools/generate/onnx-proto.sh [PROTOC_GEN_SWIFT]
#
# onnx.proto is the file of that name in the PyPI wheel onnx==1.23.2 (Apache-2.0, header kept).
# Needs protoc (Debian: protobuf-compiler; 3.21.12 was used). protoc-gen-swift is built from
# swift-protobuf at the tag below, outside the repository, unless its path is given.
set -eu

tag=1.39.0
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../../Sources/ModelFormats/ONNX/Generated"
plugin=${1:-}

command -v protoc >/dev/null || { echo "protoc is missing: apt-get install protobuf-compiler" >&2; exit 1; }
if [ -z "$plugin" ]; then
  build=${TMPDIR:-/tmp}/swift-protobuf-$tag
  [ -d "$build" ] || git clone -q --depth 1 --branch "$tag" https://github.com/apple/swift-protobuf "$build"
  swift build --package-path "$build" -c release --product protoc-gen-swift
  plugin=$build/.build/release/protoc-gen-swift
fi

mkdir -p "$out"
protoc --plugin=protoc-gen-swift="$plugin" \
  --swift_opt=Visibility=Package --swift_opt=UseAccessLevelOnImports=true \
  --swift_out="$out" -I "$here/onnx" onnx.proto
echo "wrote $out/onnx.pb.swift"
