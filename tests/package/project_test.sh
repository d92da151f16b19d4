#!/usr/bin/env bash
# project_test.sh SOURCES BUILD [CMAKE_ARGUMENT...]: configures and builds a project, runs it, expects its greeting.
set -euo pipefail
sources=$1 build=$2
shift 2

generator=()
command -v ninja >/dev/null && generator=(-G Ninja)
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_NOHASHDIR=1
fi
cmake -S "$sources" -B "$build" "${generator[@]}" "$@"
cmake --build "$build" --target outside --parallel 2
output=$("$build/outside")
echo "$output"
[ "$output" = "Hello from outside: page 2 of 3" ]
