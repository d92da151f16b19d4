# ./dev format [--check]: clang-format over every tracked C++ file.
dev_format() {
    command -v clang-format >/dev/null || need_format
    local mode=(-i)
    [ "${1:-}" = --check ] && mode=(--dry-run --Werror)
    git ls-files '*.cpp' '*.hpp' | grep -v 'bind' | xargs -r clang-format "${mode[@]}"
}
need_format() { stage "Installing clang-format" install_packages clang-format; }
