# ./dev conformance [FILE...]: recorded behaviour of Django, replayed. Without a file: every kind that Nuages answers so far,
# held to the number of cases that passed last (tests/conformance/passing), so that none is lost unseen.
# ./dev conformance typed FILE [-v]: recorded queries as typed C++ (tools/ast_to_cpp), compiled, run and compared.
dev_conformance() {
    if [ "${1:-}" = typed ]; then
        shift
        conformance_typed "$@"
        return
    fi
    need build test
    build_preset dev nuages_conformance
    local runner=build/dev/tests/conformance/nuages_conformance
    if [ $# -gt 0 ]; then
        "$runner" "$@"
        return
    fi
    if [ ! -d ../shared/conformance ]; then
        echo "Conformance: skipped, ../shared/conformance is not here."
        return
    fi
    local kind wanted database closing passed lost=''
    while read -r kind wanted database; do
        database=${database:-sqlite}
        if [ "$database" = postgresql ] && ! has_postgresql; then
            printf '%-24s %s\n' "$kind" "skipped on PostgreSQL: its server is not installed, and DATABASE_URL names none"
            continue
        fi
        closing=$("$runner" --database "$database" "../shared/conformance/$kind.json" 2>"$log_dir/conformance-$kind.log" | tee -a "$log_dir/conformance-$kind.log" | tail -n 1) || true
        passed=${closing%% *}
        printf '%-24s %s\n' "$kind$([ "$database" = sqlite ] || echo " ($database)")" "$closing"
        if ! [ "$passed" -ge "$wanted" ] 2>/dev/null; then
            lost+=" $kind ($wanted passed before)"
        fi
    done <tests/conformance/passing
    [ -z "$lost" ] || die "Conformance lost cases:$lost. The failing ids stand in $log_dir/conformance-KIND.log"
}

has_postgresql() {
    [[ ${DATABASE_URL:-} == postgres* ]] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null
}

conformance_typed() { # FILE [-v]
    [ $# -gt 0 ] || die "./dev conformance typed FILE: which file of recorded queries?"
    local file=$1 verbose=${2:-} folder=$PWD/build/typed_cases
    need build test bench
    build_preset dev nuages_db_models
    tools/ast_to_cpp "$file" "$folder"
    cmake --preset dev -DNUAGES_TYPED_CASES="$folder" >>"$log_dir/conformance-typed.log"
    build_preset dev nuages_conformance_typed
    build/dev/tests/conformance/nuages_conformance_typed ${verbose:+-v} "$file" "$folder"
}
