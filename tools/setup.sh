#!/bin/sh
# Make .venv from the hashed lock. Fast and silent when nothing has changed.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
say() { printf '%s\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "Python 3.11 or newer is needed; this is $("$python" -V 2>&1). Set PYTHON=/path/to/python3.11."
    exit 3
}

wanted=$(cat requirements.lock pyproject.toml | sha256sum | cut -c1-64)
if [ "$(cat .venv/fondaco.stamp 2>/dev/null || true)" = "$wanted" ]; then
    exit 0
fi

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "Installing Debian's python3-venv, which 'python3 -m venv' needs."
        apt-get update -qq && apt-get install -qq -y python3-venv >/dev/null
    else
        say "'python3 -m venv' lacks its package. Run: sudo apt-get install python3-venv"
        exit 3
    fi
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
say "Installing the locked packages into .venv (about a minute the first time)."
uv=.venv/uv.lock.txt
awk '/^[a-z]/ {keep = /^uv==/} keep && !/^ *#/' requirements.lock > "$uv"
if .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$uv"; then
    .venv/bin/uv pip sync -q --system-certs --require-hashes --python .venv/bin/python requirements.lock ||
        .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
else
    .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
fi
.venv/bin/uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation --no-index -e . 2>/dev/null ||
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
printf '%s' "$wanted" > .venv/fondaco.stamp
