#!/bin/sh
# Print what CHANGELOG.md says about one version; fail if that is nothing.
set -eu
cd "$(dirname "$0")/.."
notes=$(awk -v heading="## [$1]" '
    /^## / { wanted = index($0, heading) == 1; next }
    wanted && !/^\[[^]]*\]: / { print }
' CHANGELOG.md)
[ -n "$(printf '%s' "$notes" | tr -d '[:space:]')" ] || exit 1
printf '%s\n' "$notes"
