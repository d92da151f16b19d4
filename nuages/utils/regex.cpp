#define PCRE2_CODE_UNIT_WIDTH 8
#include <nuages/utils/regex.hpp>

#include <nuages/base/error.hpp>

#include <pcre2.h>

#include <algorithm>

namespace nuages::utils {
namespace {

constexpr std::uint32_t kMatchStepsMax = 1'000'000;
constexpr std::uint32_t kMatchHeapMax = 32 * 1024;  // KiB

// Room for one match; a search never suspends its fiber, so one per thread is enough.
struct Workspace {
    pcre2_match_data* data = pcre2_match_data_create(RegexMatch::kGroupsMax, nullptr);
    pcre2_match_context* context = pcre2_match_context_create(nullptr);
    Workspace() {
        pcre2_set_match_limit(context, kMatchStepsMax);
        pcre2_set_heap_limit(context, kMatchHeapMax);
    }
    ~Workspace() {
        pcre2_match_data_free(data);
        pcre2_match_context_free(context);
    }
};

Workspace& workspace() {
    thread_local Workspace space;
    return space;
}

pcre2_code* code_of(void* code) { return static_cast<pcre2_code*>(code); }

// Python's \Z is PCRE2's \z.
std::string translated(std::string_view pattern) {
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        out += pattern[i];
        if (pattern[i] == '\\' && i + 1 < pattern.size()) {
            ++i;
            out += pattern[i] == 'Z' ? 'z' : pattern[i];
        }
    }
    return out;
}

}  // namespace

Regex::Regex(std::string_view pattern, unsigned flags) : flags_(flags) {
    std::uint32_t options = flags & kBytes ? 0 : PCRE2_UTF | PCRE2_UCP;
    if (flags & kIgnoreCase) options |= PCRE2_CASELESS;
    if (flags & kDotAll) options |= PCRE2_DOTALL;
    if (flags & kMultiLine) options |= PCRE2_MULTILINE;
    if (flags & kExtended) options |= PCRE2_EXTENDED;
    const std::string text = translated(pattern);
    int error = 0;
    std::size_t offset = 0;
    code_ = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), options, &error, &offset, nullptr);
    if (!code_) {
        unsigned char reason[256] = {};
        pcre2_get_error_message(error, reason, sizeof reason);
        throw Error("\"" + std::string(pattern) + "\" is not a valid regular expression: " +
                    reinterpret_cast<const char*>(reason) + " at position " + std::to_string(offset));
    }
    pcre2_jit_compile(code_of(code_), PCRE2_JIT_COMPLETE);
}

Regex::~Regex() { pcre2_code_free(code_of(code_)); }

bool Regex::run(std::string_view subject, RegexMatch& match, std::size_t from, std::uint32_t options) const {
    Workspace& space = workspace();
    const auto attempt = [&](std::uint32_t how) {
        return pcre2_match(code_of(code_), reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), from, how,
                           space.data, space.context);
    };
    int found = attempt(options);
    // The compiled form works on a small stack of its own; the interpreter takes over where that is too small.
    if (found == PCRE2_ERROR_JIT_STACKLIMIT) found = attempt(options | PCRE2_NO_JIT);
    if (found < 0) return false;
    const std::size_t* offsets = pcre2_get_ovector_pointer(space.data);
    const std::size_t set = found == 0 ? RegexMatch::kGroupsMax : static_cast<std::size_t>(found);
    match.subject_ = subject;
    for (std::size_t i = 0; i < RegexMatch::kGroupsMax; ++i) {
        match.starts_[i] = i < set && offsets[2 * i] != PCRE2_UNSET ? offsets[2 * i] : RegexMatch::kUnset;
        match.ends_[i] = i < set ? offsets[2 * i + 1] : RegexMatch::kUnset;
    }
    return true;
}

bool Regex::search(std::string_view subject, RegexMatch& match, std::size_t from) const {
    return run(subject, match, from, 0);
}

bool Regex::search(std::string_view subject) const {
    RegexMatch match;
    return run(subject, match, 0, 0);
}

bool Regex::fullmatch(std::string_view subject, RegexMatch& match) const {
    return run(subject, match, 0, PCRE2_ANCHORED | PCRE2_ENDANCHORED);
}

bool Regex::match_at(std::string_view subject, RegexMatch& match, std::size_t from) const {
    return run(subject, match, from, PCRE2_ANCHORED);
}

std::size_t Regex::group_count() const {
    std::uint32_t count = 0;
    pcre2_pattern_info(code_of(code_), PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
}

std::vector<std::pair<std::string, std::size_t>> Regex::group_names() const {
    std::uint32_t count = 0, entry_size = 0;
    const unsigned char* table = nullptr;
    pcre2_pattern_info(code_of(code_), PCRE2_INFO_NAMECOUNT, &count);
    pcre2_pattern_info(code_of(code_), PCRE2_INFO_NAMEENTRYSIZE, &entry_size);
    pcre2_pattern_info(code_of(code_), PCRE2_INFO_NAMETABLE, &table);
    std::vector<std::pair<std::string, std::size_t>> names;
    for (std::uint32_t i = 0; i < count; ++i, table += entry_size)
        names.emplace_back(reinterpret_cast<const char*>(table + 2),
                           static_cast<std::size_t>(table[0]) << 8 | table[1]);
    std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    return names;
}

}  // namespace nuages::utils
