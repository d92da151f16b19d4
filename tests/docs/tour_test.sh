#!/usr/bin/env bash
# Runs the README's tour as its reader would: migrate, add links, serve, look, follow a link.
set -euo pipefail
tour=$1
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"
export SECRET_KEY=only-for-this-test DEBUG=true

expect() { # TEXT in standard input
    grep -qF -- "$1" || { echo "not found: $1" >&2; exit 1; }
}

"$tour" migrate
"$tour" add C++ "The draft standard" https://eel.is/c++draft/ | expect "Added, with a new topic."
"$tour" add C++ "A <bold> page" https://example.org/ | expect "Added."

port=$((20000 + RANDOM % 20000))
"$tour" runserver "127.0.0.1:$port" >server.log 2>&1 &
server=$!
for _ in $(seq 100); do
    curl -fsS -o index.html "http://127.0.0.1:$port/" 2>/dev/null && break
    sleep 0.1
done
[ -s index.html ] || { cat server.log >&2; exit 1; }
expect "The draft standard" <index.html
expect "A &lt;bold&gt; page" <index.html
curl -fsS "http://127.0.0.1:$port/?q=draft" >found.html
expect "The draft standard" <found.html
! grep -q "bold" found.html
curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' "http://127.0.0.1:$port/go/1/" | expect "302 https://eel.is/c++draft/"
curl -fsS "http://127.0.0.1:$port/topics/C++/" | expect "(1) in C++"
curl -sS -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/topics/none/" | expect 404
echo "The tour works."
