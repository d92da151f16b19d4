// Content negotiation by the Accept header (RFC 9110, 12.5.1), ordered as Django orders it: by quality, then by how
// specific a type is, then as sent.
#include <nuages/http/media_type.hpp>
#include <nuages/http/request.hpp>
#include <nuages/utils/http.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nuages::http {
namespace {

// More alternatives than this are not looked at.
constexpr std::size_t kAcceptedTypesMax = 100;

void set_quality(MediaType& type, const std::string& text) {
    char* end = nullptr;
    const double q = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0' || !(q >= 0 && q <= 1)) return;
    type.quality = std::round(q * 1000) / 1000;
}

// The position of the most specific accepted type that matches, or the size.
std::size_t best_match(const std::vector<MediaType>& accepted, std::string_view media_type) {
    const MediaType wanted(media_type);
    std::size_t best = accepted.size();
    for (std::size_t i = 0; i < accepted.size(); ++i) {
        if (!accepted[i].covers(wanted)) continue;
        if (best == accepted.size() || accepted[i].specificity() > accepted[best].specificity()) best = i;
    }
    return best;
}

}  // namespace

MediaType::MediaType(std::string_view text) {
    utils::HeaderParameters parsed;
    if (text.size() <= utils::kHeaderLengthMax) parsed = utils::parse_header_parameters(text);
    const std::size_t slash = std::min(parsed.value.find('/'), parsed.value.size());
    main_type = parsed.value.substr(0, slash);
    if (slash < parsed.value.size()) sub_type = parsed.value.substr(slash + 1);
    for (auto& parameter : parsed.parameters) {
        if (parameter.first == "q") {
            set_quality(*this, parameter.second);
        } else {
            parameters.push_back(std::move(parameter));
        }
    }
    std::sort(parameters.begin(), parameters.end());
}

bool MediaType::covers(const MediaType& other) const {
    if (main_type.empty() || sub_type.empty() || other.main_type.empty() || other.sub_type.empty()) return false;
    const auto agree = [](const std::string& a, const std::string& b) { return a == b || a == "*" || b == "*"; };
    if (!agree(main_type, other.main_type) || !agree(sub_type, other.sub_type)) return false;
    if (parameters.empty() == other.parameters.empty()) return parameters == other.parameters;
    return parameters.empty();
}

std::string MediaType::str() const {
    std::string out = main_type;
    if (!sub_type.empty()) out.append("/").append(sub_type);
    for (const auto& [name, value] : parameters) out.append("; ").append(name).append("=").append(value);
    return out;
}

std::vector<MediaType> Request::accepted_types() const {
    const std::string_view header = headers.get("Accept", "*/*");
    std::vector<MediaType> types;
    for (std::size_t start = 0; start <= header.size() && types.size() < kAcceptedTypesMax;) {
        const std::size_t comma = std::min(header.find(',', start), header.size());
        const std::string_view token = header.substr(start, comma - start);
        start = comma + 1;
        if (token.find_first_not_of(" \t") == token.npos) continue;
        MediaType type(token);
        if (type.quality > 0) types.push_back(std::move(type));
    }
    std::stable_sort(types.begin(), types.end(), [](const MediaType& a, const MediaType& b) {
        if (a.quality != b.quality) return a.quality > b.quality;
        return a.specificity() > b.specificity();
    });
    return types;
}

bool Request::accepts(std::string_view media_type) const {
    const auto accepted = accepted_types();
    return best_match(accepted, media_type) != accepted.size();
}

std::string_view Request::get_preferred_type(const std::vector<std::string_view>& media_types) const {
    const auto accepted = accepted_types();
    std::string_view preferred;
    std::size_t best = accepted.size();
    for (std::string_view media_type : media_types) {
        const std::size_t match = best_match(accepted, media_type);
        if (match >= best) continue;
        best = match;
        preferred = media_type;
    }
    return preferred;
}

}  // namespace nuages::http
