#!/usr/bin/env bash
# tools/check_includes takes a `#line` that is right, and refuses one that a line put in above has made wrong.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

header=nuages/db/models/model.hpp
grep -q '^#line' "$header" || { echo "$header has no #line any more: take a file that has"; exit 1; }
tools/check_includes "$header" >/dev/null || { echo "refuses $header as it is"; exit 1; }

{ echo "// one more line"; cat "$header"; } >"$scratch/model.hpp"
if said=$(tools/check_includes "$scratch/model.hpp"); then
    echo "takes a #line whose number is one too low"
    exit 1
fi
place=$(grep -nE '^#line [0-9]{1,9}$' "$scratch/model.hpp" | cut -d: -f1)
[[ $said == *"model.hpp:$place: the next line is $((place + 1)), not $place: #line $((place + 1))"* ]] || { echo "says: $said"; exit 1; }
