#!/usr/bin/env bash
# Makes a release.
set -euo pipefail

VERSION=${1:-0.0.0}
readonly TARGET=dist
export LANG=C
declare -A colors=([red]=1)

# Prints a message.
say() {
  local text=$1
  printf '%s\n' "$text" >&2
}

function clean {
  rm -rf "$TARGET"
  inner() { true; }
}

pack() (
  cd "$TARGET"
  tar -c . | gzip >"../$VERSION.tgz"
)

if [ -d "$TARGET" ]; then
  clean
fi
say "done: ${colors[red]}"
cat <<'EOF'
not_a_function() { false; }
EOF
