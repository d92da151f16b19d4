#include <nuages/utils/detail/json_parse.hpp>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>

#include <charconv>
#include <cstdint>
#include <string>

namespace nuages::utils::detail {

namespace json = boost::json;

double json_real(std::string_view text, double otherwise) noexcept {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : otherwise;
}

namespace {

// What Boost.JSON's own handler does, but for reals.
struct Handler {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value_stack stack;
    std::string number;  // the parts of a number that came before its end

    bool on_document_begin(json::error_code&) { return stack.reset(), true; }
    bool on_document_end(json::error_code&) { return true; }
    bool on_object_begin(json::error_code&) { return true; }
    bool on_object_end(std::size_t count, json::error_code&) { return stack.push_object(count), true; }
    bool on_array_begin(json::error_code&) { return true; }
    bool on_array_end(std::size_t count, json::error_code&) { return stack.push_array(count), true; }
    bool on_key_part(json::string_view part, std::size_t, json::error_code&) { return stack.push_chars(part), true; }
    bool on_key(json::string_view part, std::size_t, json::error_code&) { return stack.push_key(part), true; }
    bool on_string_part(json::string_view part, std::size_t, json::error_code&) { return stack.push_chars(part), true; }
    bool on_string(json::string_view part, std::size_t, json::error_code&) { return stack.push_string(part), true; }
    bool on_number_part(json::string_view part, json::error_code&) {
        return number.append(part.data(), part.size()), true;
    }
    bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
        number.clear();
        return stack.push_int64(value), true;
    }
    bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
        number.clear();
        return stack.push_uint64(value), true;
    }
    bool on_double(double value, json::string_view end, json::error_code&) {
        number.append(end.data(), end.size());
        stack.push_double(json_real(number, value));
        number.clear();
        return true;
    }
    bool on_bool(bool value, json::error_code&) { return stack.push_bool(value), true; }
    bool on_null(json::error_code&) { return stack.push_null(), true; }
    bool on_comment_part(json::string_view, json::error_code&) { return true; }
    bool on_comment(json::string_view, json::error_code&) { return true; }
};

}  // namespace

json::value parse_json(std::string_view text, json::error_code& error, const json::parse_options& options) {
    json::basic_parser<Handler> parser(options);
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    if (error) return nullptr;
    if (text.find_first_not_of(" \t\r\n", read) != text.npos) {
        error = json::error::extra_data;
        return nullptr;
    }
    return parser.handler().stack.release();
}

}  // namespace nuages::utils::detail
