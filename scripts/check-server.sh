#!/bin/sh
# Runs Tests/Servers/check-server.py with what it needs: scripts/check-server.sh [--quick] PART...
# The fuzzer goes into .venv-server, once, when the part `fuzz` is asked for.
set -eu
cd "$(dirname "$0")/.."

python=python3
case " $* " in
  *" fuzz "*)
    python=.venv-server/bin/python
    if ! cmp -s Tools/requirements/fuzz.txt .venv-server/made-from; then
      echo "check-server: installing schemathesis into .venv-server"
      python3 -m venv .venv-server
      .venv-server/bin/pip -q install --disable-pip-version-check -r Tools/requirements/fuzz.txt
      cp Tools/requirements/fuzz.txt .venv-server/made-from
    fi
    ;;
esac
export VIGIL_LOG=none PYTHONDONTWRITEBYTECODE=1
exec "$python" Tests/Servers/check-server.py "$@"
