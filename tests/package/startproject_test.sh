#!/usr/bin/env bash
# startproject_test.sh NUAGES FOLDER: makes a project, lets the nuages command build and serve it, and reads its page;
# then builds the release, moves the program alone to another place, and reads the page from there.
set -euo pipefail
nuages=$1 folder=$2
rm -rf "$folder"
mkdir -p "$folder"
cd "$folder"
unset DEBUG SECRET_KEY ALLOWED_HOSTS DATABASE_URL

server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }

# serve PROGRAM...: starts `PROGRAM runserver` on a free port; sets `port` and `server`.
serve() {
    "$@" runserver 127.0.0.1:0 >server.log 2>&1 &
    server=$!
    for _ in $(seq 600); do
        port=$(sed -n 's|.*development server at http://127.0.0.1:\([0-9]*\)/.*|\1|p' server.log)
        [ -n "$port" ] && return
        kill -0 "$server" 2>/dev/null || { cat server.log; fail "the server ended"; }
        sleep 0.5
    done
    cat server.log
    fail "the server did not start"
}
# get PATH: prints the whole response.
get() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET %s HTTP/1.1\r\nHost: localhost:%s\r\nConnection: close\r\n\r\n' "$1" "$port" >&3
    cat <&3
    exec 3>&-
}
stop() {
    kill "$server"
    wait "$server" || true
    server=
}
expect() { grep -qF -- "$2" <<<"$1" || { echo "$1"; fail "no '$2' in the answer"; }; }

# until_answers PATH TEXT: asks for PATH until TEXT stands in the answer.
until_answers() {
    local page=
    for _ in $(seq 600); do
        page=$(get "$1") || true
        grep -qF -- "$2" <<<"$page" && return
        sleep 0.2
    done
    echo "$page"
    cat server.log
    fail "no '$2' at $1"
}

"$nuages" startproject mysite
cd mysite
"$nuages" startapp blog >/dev/null
sed -i 's/^nuages_add_app(home)/&\nnuages_add_app(blog)/; s/APPS home/APPS home blog/' CMakeLists.txt
"$nuages" check
"$nuages" migrate

serve "$nuages"
page=$(get /)
expect "$page" "HTTP/1.1 200"
expect "$page" "<h1>mysite is in the air</h1>"
expect "$page" "X-Frame-Options: DENY"
expect "$(get /nothing/)" "HTTP/1.1 404"
sed -i 's/is in the air</was edited</' home/templates/home/welcome.html
expect "$(get /)" "<h1>mysite was edited</h1>"
echo 'retrun 1;' >>home/views.cpp
until_answers / "The site does not build"
expect "$(get /)" "HTTP/1.1 500"
sed -i '$d' home/views.cpp
until_answers / "<h1>mysite was edited</h1>"
stop
echo "In development: serves, shows an edited template without a rebuild, and builds again when C++ changes."

mkdir -p home/static/home
echo 'body { color: teal }' >home/static/home/site.css
cmake -G Ninja -S . -B build/release -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
    -Dnuages_DIR="$(sed -n 's/^nuages_DIR:.*=//p' build/dev/CMakeCache.txt)" >release.log 2>&1 || { cat release.log; fail "configure"; }
cmake --build build/release --parallel 2 >release.log 2>&1 || { cat release.log; fail "build"; }
mkdir ../elsewhere
cp build/release/mysite ../elsewhere/
mv ../mysite ../gone
cd ../elsewhere
export SECRET_KEY=0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdef ALLOWED_HOSTS=localhost
serve ./mysite
expect "$(get /)" "<h1>mysite was edited</h1>"
expect "$(get /static/home/site.css)" "color: teal"
stop
echo "In a release: one program holds templates and static files."
