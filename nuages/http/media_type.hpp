// Media types as Accept and Content-Type write them (django.http.request.MediaType).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

struct MediaType {
    /// Reads "text/html; level=1; q=0.5". What is no media type has empty parts and covers nothing.
    explicit MediaType(std::string_view text);

    std::string main_type;
    std::string sub_type;
    std::vector<std::pair<std::string, std::string>> parameters;  ///< without q, sorted
    double quality = 1;                                           ///< 0 to 1

    /// 0 for */*, 1 for text/*, 2 for text/html, 3 with parameters.
    int specificity() const { return main_type == "*" ? 0 : sub_type == "*" ? 1 : parameters.empty() ? 2 : 3; }
    /// Whether this accepted type covers a type that could be sent. One with parameters covers only its equal.
    bool covers(const MediaType& other) const;
    /// "text/html; level=1".
    std::string str() const;
};

}  // namespace nuages::http
