// What a test posts: fields and files.
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::test {

/// Names and values of a query or a form, in order.
using Data = std::vector<std::pair<std::string, std::string>>;

/// A file of a form: `client.post("/upload/", {{"title", "x"}, {"scan", test::File{"a.png", bytes}}})`.
struct File {
    std::string name;
    std::string content;
    std::string content_type = {};  ///< empty: by the ending of the name
};

/// One value of a form: text, a number, or a file.
class Field {
public:
    template <class Text>
    requires std::convertible_to<const Text&, std::string_view> Field(const Text& text) : text_(std::string_view(text)) {}
    template <std::integral Number>
    requires(!std::same_as<Number, bool>) Field(Number number) : text_(std::to_string(number)) {}
    Field(File file) : file_(std::move(file)), is_file_(true) {}

    bool is_file() const { return is_file_; }
    const std::string& text() const { return text_; }
    const File& file() const { return file_; }

private:
    std::string text_;
    File file_;
    bool is_file_ = false;
};

class Form {
public:
    Form() = default;
    Form(std::initializer_list<std::pair<std::string, Field>> fields) : fields_(fields) {}
    Form(const Data& data) : fields_(data.begin(), data.end()) {}

    bool has_files() const;
    /// "a=1&b=2"; a file counts as its name.
    std::string urlencode() const;
    /// multipart/form-data with that boundary, which stands in no value (django.test.client.encode_multipart).
    std::string encode_multipart(std::string_view boundary) const;

private:
    std::vector<std::pair<std::string, Field>> fields_;
};

inline constexpr std::string_view kBoundary = "BoUnDaRyStRiNg";

}  // namespace nuages::test
