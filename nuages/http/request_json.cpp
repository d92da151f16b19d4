// request.json(): Boost.JSON reads the text straight into Values, through its event interface; no second tree is built.
#include <nuages/http/json.hpp>
#include <nuages/http/request.hpp>
#include <nuages/utils/detail/json_parse.hpp>
#include <nuages/utils/value.hpp>

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <vector>

namespace nuages::http {
namespace {

struct Builder {
    static constexpr std::size_t max_object_size = std::size_t(-1);
    static constexpr std::size_t max_array_size = std::size_t(-1);
    static constexpr std::size_t max_key_size = std::size_t(-1);
    static constexpr std::size_t max_string_size = std::size_t(-1);

    struct Level {
        std::vector<Value> items;
        std::vector<Value::Item> members;
        std::string key;
    };
    std::vector<Level> levels{1};
    std::string text;

    bool add(Value value) {
        Level& level = levels.back();
        if (!is_object.empty() && is_object.back()) {
            level.members.emplace_back(Value(level.key), std::move(value));
        } else {
            level.items.push_back(std::move(value));
        }
        return true;
    }
    bool open(bool object) {
        levels.emplace_back();
        is_object.push_back(object);
        return true;
    }
    bool close() {
        Level level = std::move(levels.back());
        const bool object = is_object.back();
        levels.pop_back();
        is_object.pop_back();
        if (object) drop_repeated(level.members);
        return add(object ? Value::map(std::move(level.members)) : Value::list(std::move(level.items)));
    }

    // A later member of the same name wins, and takes the place of the first one, as in Python.
    static void drop_repeated(std::vector<Value::Item>& members) {
        std::vector<std::size_t> order(members.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return members[a].first.as_text() < members[b].first.as_text();
        });
        std::vector<bool> repeated(members.size());
        bool any = false;
        for (std::size_t i = 1, first = 0; i < order.size(); ++i) {
            if (members[order[i]].first.as_text() != members[order[first]].first.as_text()) {
                first = i;
                continue;
            }
            members[order[first]].second = std::move(members[order[i]].second);
            repeated[order[i]] = any = true;
        }
        if (!any) return;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < members.size(); ++i)
            if (!repeated[i] && kept++ != i) members[kept - 1] = std::move(members[i]);
        members.resize(kept);
    }

    bool on_document_begin(boost::json::error_code&) { return true; }
    bool on_document_end(boost::json::error_code&) { return true; }
    bool on_object_begin(boost::json::error_code&) { return open(true); }
    bool on_object_end(std::size_t, boost::json::error_code&) { return close(); }
    bool on_array_begin(boost::json::error_code&) { return open(false); }
    bool on_array_end(std::size_t, boost::json::error_code&) { return close(); }
    bool on_key_part(boost::json::string_view part, std::size_t, boost::json::error_code&) {
        return text.append(part.data(), part.size()), true;
    }
    bool on_key(boost::json::string_view part, std::size_t, boost::json::error_code&) {
        text.append(part.data(), part.size());
        levels.back().key = std::move(text);
        text.clear();
        return true;
    }
    bool on_string_part(boost::json::string_view part, std::size_t, boost::json::error_code&) {
        return text.append(part.data(), part.size()), true;
    }
    bool on_string(boost::json::string_view part, std::size_t, boost::json::error_code&) {
        text.append(part.data(), part.size());
        const bool added = add(Value(std::string_view(text)));
        text.clear();
        return added;
    }
    bool on_number_part(boost::json::string_view part, boost::json::error_code&) {
        return text.append(part.data(), part.size()), true;
    }
    bool on_int64(std::int64_t number, boost::json::string_view, boost::json::error_code&) {
        text.clear();
        return add(Value(number));
    }
    bool on_uint64(std::uint64_t number, boost::json::string_view, boost::json::error_code&) {
        text.clear();
        return add(Value(number));
    }
    bool on_double(double number, boost::json::string_view end, boost::json::error_code&) {
        text.append(end.data(), end.size());
        const bool added = add(Value(utils::detail::json_real(text, number)));
        text.clear();
        return added;
    }
    bool on_bool(bool value, boost::json::error_code&) { return add(Value(value)); }
    bool on_null(boost::json::error_code&) { return add(Value(nullptr)); }
    bool on_comment_part(boost::json::string_view, boost::json::error_code&) { return true; }
    bool on_comment(boost::json::string_view, boost::json::error_code&) { return true; }

private:
    std::vector<bool> is_object;
};

}  // namespace

Value json::loads(std::string_view text, std::size_t depth_max) {
    boost::json::parse_options options;
    options.max_depth = depth_max;
    boost::json::basic_parser<Builder> parser(options);
    boost::json::error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    const bool rest_is_space = text.find_first_not_of(" \t\r\n", read) == text.npos;
    if (error || !rest_is_space)
        throw BadRequest("JSON parse error at byte " + std::to_string(read) + ": " +
                         (error ? error.message() : std::string("extra data")));
    return std::move(parser.handler().levels.front().items.front());
}

Value Request::json() const { return json::loads(body(), options_->json_depth_max); }

}  // namespace nuages::http
