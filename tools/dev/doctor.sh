# ./dev doctor: what is here, what is missing, what to do about it.
version_of() { # LABEL COMMAND...
    local label=$1
    shift
    if command -v "$1" >/dev/null 2>&1; then
        printf '  %-14s %s\n' "$label" "$("$@" 2>&1 | head -n 1)"
    else
        printf '  %-14s %snot here%s\n' "$label" "$red" "$reset"
    fi
}

dev_doctor() {
    echo "${bold}Tools${reset}"
    version_of g++ g++ --version
    version_of cmake cmake --version
    version_of ninja ninja --version
    version_of clang-19 clang++-19 --version
    version_of ccache ccache --version
    version_of mold mold --version
    version_of wrk wrk --version
    version_of chromium chromium --version
    local set package missing
    for set in build test bench fuzz; do
        missing=''
        for package in $("packages_to_$set"); do is_installed "$package" || missing+=" $package"; done
        if [ -n "$missing" ]; then
            echo "${bold}Packages to $set:${reset} missing:$missing"
            echo "  apt-get install$missing"
        else
            echo "${bold}Packages to $set:${reset} ${green}all here${reset}"
        fi
    done
    local free_mb
    free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
    echo "${bold}Disk${reset}: $free_mb MB free here$([ "$free_mb" -lt 4000 ] && echo ", a full build wants about 4000")"
}
