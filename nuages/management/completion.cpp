#include <nuages/db/models/meta.hpp>
#include <nuages/management/detail/completion.hpp>
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/detail/values.hpp>

#include <algorithm>

namespace nuages::management::detail {

namespace {

using db::models::Field;
using db::models::FieldKind;
using db::models::ModelMeta;
using shell::Object;

// Methods that only build a longer query.
constexpr std::string_view kLazy[] = {"all",         "filter",        "exclude",          "order_by", "reverse", "distinct",
                                      "values",      "values_list",   "annotate",         "alias",    "none",    "using",
                                      "select_related", "prefetch_related", "only",       "defer",    "dates",   "datetimes"};
// Methods whose keywords or texts are paths of fields.
constexpr std::string_view kTakesPaths[] = {"filter", "exclude", "get", "order_by", "values", "values_list", "only", "defer",
                                            "select_related", "prefetch_related", "get_or_create", "update_or_create",
                                            "update", "create", "latest", "earliest", "aggregate", "annotate"};
constexpr std::string_view kLookups[] = {"exact", "iexact", "contains", "icontains", "in", "gt", "gte", "lt", "lte",
                                         "startswith", "istartswith", "endswith", "iendswith", "range", "isnull", "regex",
                                         "iregex"};

template <std::size_t N> bool is_one_of(std::string_view name, const std::string_view (&list)[N]) {
    return std::find(std::begin(list), std::end(list), name) != std::end(list);
}

bool only_builds(const boost::json::value& tree) {
    const boost::json::object& node = tree.as_object();
    if (node.contains("name") || node.contains("const")) return true;
    if (node.contains("attr")) return only_builds(node.at("of"));
    const boost::json::value* call = node.if_contains("call");
    if (!call || !call->as_object().contains("attr")) return false;
    if (!is_one_of(std::string_view(call->at("attr").as_string()), kLazy) || !only_builds(call->at("of"))) return false;
    const auto is_const = [](const boost::json::value& value) { return value.as_object().contains("const"); };
    const boost::json::array& positional = node.at("args").as_array();
    if (!std::all_of(positional.begin(), positional.end(), is_const)) return false;
    const boost::json::value* named = node.if_contains("kwargs");
    return !named || std::all_of(named->as_array().begin(), named->as_array().end(), [&](const boost::json::value& pair) {
        return pair.at(0).is_string() && is_const(pair.at(1));
    });
}

// The value of TEXT when finding it runs no query.
bool evaluate(shell::Interpreter& interpreter, std::string_view text, Object& value) {
    try {
        const boost::json::value tree = shell::parse(text);
        if (!only_builds(tree)) return false;
        value = interpreter.run(tree);
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

// Where the expression that ends at END begins: back over names, dots and balanced brackets.
std::size_t expression_start(std::string_view line, std::size_t end) {
    int depth = 0;
    std::size_t at = end;
    while (at > 0) {
        const char c = line[at - 1];
        const bool word = c == '_' || c == '.' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (c == ')' || c == ']')
            ++depth;
        else if (c == '(' || c == '[') {
            if (--depth < 0) break;
        } else if (depth == 0 && !word)
            break;
        --at;
    }
    return at;
}

const ModelMeta* model_of(const Object& value) {
    if (const auto* rows = value.as<shell::RowSet>()) return &rows->meta();
    if (const auto* model = value.as<shell::ModelClass>()) return &model->meta;
    return nullptr;
}

// The bracket that is still open before START, or npos.
std::size_t open_bracket(std::string_view line, std::size_t start) {
    int depth = 0;
    for (std::size_t at = start; at > 0; --at) {
        const char c = line[at - 1];
        if (c == ')') ++depth;
        if (c == '(' && depth-- == 0) return at - 1;
    }
    return line.npos;
}

void add_paths(std::vector<std::string>& out, const ModelMeta& meta, std::string_view word) {
    const ModelMeta* at = &meta;
    std::string prefix;
    const Field* last = nullptr;
    for (std::size_t cut; (cut = word.find("__")) != word.npos; word.remove_prefix(cut + 2)) {
        const std::string_view name = word.substr(0, cut);
        last = at->find(name);
        const ModelMeta* next = nullptr;
        if (last && last->is_relation()) next = &last->target();
        if (!last && at->registry) {
            for (const auto& relation : at->registry->relations_to(*at))
                if (relation.query_name == name) next = &relation.model();
        }
        prefix.append(name).append("__");
        if (!next && !last) return;
        if (!next) {
            for (const std::string_view lookup : kLookups) out.push_back(prefix + std::string(lookup));
            return;
        }
        at = next;
        last = nullptr;
    }
    for (const Field& field : at->fields) out.push_back(prefix + field.name);
    if (at->registry) {
        for (const auto& relation : at->registry->relations_to(*at))
            if (!relation.query_name.empty()) out.push_back(prefix + relation.query_name);
    }
}

}  // namespace

std::vector<std::string> completions(shell::Interpreter& interpreter, std::string_view line, std::size_t start) {
    start = std::min(start, line.size());
    std::vector<std::string> found;
    const std::string_view word = line.substr(start);
    Object value;
    if (const std::size_t dot = word.rfind('.'); dot != word.npos) {
        // libedit breaks words at brackets: what stands before the dot may begin further left.
        const std::size_t end = start + dot;
        if (evaluate(interpreter, line.substr(expression_start(line, end), end - expression_start(line, end)), value)) {
            for (const std::string& name : shell::Interpreter::attributes(value))
                found.push_back(std::string(word.substr(0, dot + 1)) + name);
        }
    } else {
        if (const std::size_t bracket = open_bracket(line, start); bracket != line.npos) {
            const std::size_t begin = expression_start(line, bracket);
            const std::string_view call = line.substr(begin, bracket - begin);
            const std::size_t method = call.rfind('.');
            const std::string_view name = method == call.npos ? std::string_view() : call.substr(method + 1);
            const std::string_view owner = method == call.npos ? call : call.substr(0, method);
            if ((method == call.npos || is_one_of(name, kTakesPaths)) && evaluate(interpreter, owner, value)) {
                if (const ModelMeta* meta = model_of(value)) add_paths(found, *meta, word);
            }
        }
        if (found.empty() || line.substr(0, start).find_last_of("\"'") == line.npos) {
            for (const std::string& name : interpreter.names()) found.push_back(name);
        }
    }
    std::erase_if(found, [&](const std::string& candidate) { return !candidate.starts_with(word); });
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace nuages::management::detail
