#include "runner.hpp"

#include <nuages/base/error.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/detail/json_parse.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace nuages::conformance {

std::string database = "sqlite";

const json::value* recorded(const json::object& one, std::string_view name) {
    if (database == "postgresql") {
        if (const json::value* own = one.if_contains(std::string(name) + "_pg")) return own;
    }
    return one.if_contains(name);
}

namespace {

const json::value kNull;
constexpr std::size_t kIdsShownPerReason = 3;
constexpr std::size_t kShownMax = 400;

std::string shortened(std::string text) {
    if (text.size() > kShownMax) text = text.substr(0, kShownMax) + " ...";
    return text;
}

json::value exact_json(const std::string& text) {
    json::error_code error;
    json::value parsed = utils::detail::parse_json(text, error);
    if (error) throw std::runtime_error("not JSON: " + error.message());
    return parsed;
}

bool same(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
    if (a.kind() != b.kind()) return false;
    if (const auto* list = a.if_array()) {
        const auto& other = b.as_array();
        if (list->size() != other.size()) return false;
        for (std::size_t i = 0; i < list->size(); ++i)
            if (!same((*list)[i], other[i])) return false;
        return true;
    }
    if (const auto* object = a.if_object()) {
        const auto& other = b.as_object();
        if (object->size() != other.size()) return false;
        for (const auto& [key, value] : *object) {
            const json::value* found = other.if_contains(key);
            if (!found || !same(value, *found)) return false;
        }
        return true;
    }
    return a == b;
}

// Messages that Nuages promises to give in Django's words.
bool message_counts(std::string_view error) {
    return error == "DisallowedHost" || error == "NoReverseMatch" || error == "ValidationError";
}

struct Outcome {
    bool refused = false;
    json::value output;
    std::string message;
};

Outcome outcome_of(const Handler& handler, const Case& one) {
    try {
        return {false, normalized(handler.run(one)), {}};
    } catch (const Skip&) {
        throw;
    } catch (const Refused& error) {
        return {true, nullptr, error.what()};
    } catch (const WrongType& error) {
        return {true, nullptr, std::string("no such argument in C++: ") + error.what()};
    } catch (const Error& error) {
        return {true, nullptr, error.message()};
    }
}

DateTime frozen_now;

}  // namespace

FrozenClock::FrozenClock(const Case& one) {
    if (!one.has("now")) return;
    frozen_now = DateTime::parse(one.at("now").as_string()).value_or(DateTime{});
    timezone::set_clock([] { return frozen_now; });
}

FrozenClock::~FrozenClock() { timezone::set_clock(nullptr); }

void Report::fail(std::string_view id, const std::string& expected, const std::string& got) {
    ++failed_;
    std::printf("FAILED %.*s\n", static_cast<int>(id.size()), id.data());
    if (verbose) std::printf("    expected %s\n    got      %s\n", shortened(expected).c_str(), shortened(got).c_str());
}

void Report::skip(std::string_view id, const std::string& reason) {
    ++skipped_;
    reasons_[reason].emplace_back(id);
}

void Report::close() const {
    for (const auto& [reason, ids] : reasons_) {
        std::printf("skipped %zu: %s (", ids.size(), reason.c_str());
        for (std::size_t i = 0; i < ids.size() && i < kIdsShownPerReason; ++i)
            std::printf("%s%s", i ? ", " : "", ids[i].c_str());
        std::printf("%s)\n", ids.size() > kIdsShownPerReason ? ", ..." : "");
    }
    std::printf("%d passed, %d failed, %d skipped\n", passed_, failed_, skipped_);
}

json::object File::companion(std::string_view name) const {
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    for (const std::string& candidate : {folder + std::string(name), "../shared/conformance/" + std::string(name)}) {
        std::ifstream stream(candidate);
        if (!stream) continue;
        std::stringstream content;
        content << stream.rdbuf();
        return exact_json(content.str()).as_object();
    }
    throw std::runtime_error("there is no " + std::string(name) + " beside " + path);
}

std::size_t Case::count() const {
    const json::value* args = fields.if_contains("args");
    return args ? args->as_array().size() : 0;
}

const json::value& Case::arg(std::size_t i) const { return i < count() ? fields.at("args").as_array()[i] : kNull; }

const json::value& Case::keyword(std::string_view name) const {
    const json::value* kwargs = fields.if_contains("kwargs");
    const json::value* found = kwargs ? kwargs->as_object().if_contains(name) : nullptr;
    return found ? *found : kNull;
}

const json::value& Case::arg(std::size_t i, std::string_view name) const {
    return i < count() ? arg(i) : keyword(name);
}

const json::value& Case::setting(std::string_view name) const {
    if (const json::value* own = fields.if_contains("settings"))
        if (const json::value* found = own->as_object().if_contains(name)) return *found;
    const json::value* base = file.content.at("base_settings").as_object().if_contains(name);
    return base ? *base : kNull;
}

void run_case(const Case& one, const HandlerTable& handlers, Report& report) {
    if (const auto difference = difference_of(one.id()); !difference.empty())
        return report.skip(one.id(), "on purpose: " + std::string(difference));
    const Handler* handler = nullptr;
    for (const Handler& known : handlers)
        if (known.function == one.function()) handler = &known;
    if (!handler) return report.skip(one.id(), "not yet: " + std::string(one.function()));
    const FrozenClock clock(one);
    try {
        const Outcome outcome = outcome_of(*handler, one);
        const json::value* error = one.fields.if_contains("error");
        const json::value* message = one.fields.if_contains("message");
        std::string expected, got = outcome.refused ? "error: " + outcome.message : json::serialize(outcome.output);
        bool agrees = false;
        if (error) {
            expected = "error: " + std::string(error->as_string()) + ": " + (message ? str(*message) : std::string());
            agrees = outcome.refused &&
                     (!message || !message_counts(error->as_string()) || str(*message) == outcome.message);
        } else {
            const json::value wanted = normalized(one.at("output"));
            expected = json::serialize(wanted);
            agrees = !outcome.refused && same(wanted, outcome.output);
        }
        if (agrees) return report.pass();
        report.fail(one.id(), expected, got);
    } catch (const Skip& skip) {
        report.skip(one.id(), skip.what());
    } catch (const std::exception& error) {
        report.fail(one.id(), "an outcome", std::string("exception: ") + error.what());
    }
}

std::string_view type_tag(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* tag = object ? object->if_contains("$type") : nullptr;
    return tag ? std::string_view(tag->as_string()) : std::string_view{};
}

std::string text(const json::value& value) {
    if (const auto* string = value.if_string()) return std::string(*string);
    const std::string_view tag = type_tag(value);
    if (tag == "safe" || tag == "lazy") return text(value.at("value"));
    if (tag == "str") throw Skip("lone surrogates: no such text in UTF-8");
    if (tag != "strcat") throw WrongType(json::serialize(value));
    std::string out;
    for (const json::value& part : value.at("parts").as_array()) {
        const std::string piece(part.at(0).as_string());
        for (std::int64_t n = part.at(1).to_number<std::int64_t>(); n > 0; --n) out += piece;
    }
    return out;
}

std::string str(const json::value& value) {
    if (value.is_null()) return "None";
    if (const bool* flag = value.if_bool()) return *flag ? "True" : "False";
    if (value.is_int64() || value.is_uint64()) return std::to_string(value.to_number<std::int64_t>());
    if (const double* real = value.if_double()) {
        char buffer[40];
        std::snprintf(buffer, sizeof buffer, "%.17g", *real);
        for (int digits = 1; digits < 17; ++digits) {
            char shorter[40];
            std::snprintf(shorter, sizeof shorter, "%.*g", digits, *real);
            if (std::strtod(shorter, nullptr) == *real) {
                std::snprintf(buffer, sizeof buffer, "%s", shorter);
                break;
            }
        }
        std::string out = buffer;
        return out.find_first_of(".en") == out.npos ? out + ".0" : out;
    }
    const std::string_view tag = type_tag(value);
    if (tag == "uuid" || tag == "Decimal" || tag == "int") return std::string(value.at("value").as_string());
    return text(value);
}

std::int64_t integer(const json::value& value) {
    if (const bool* flag = value.if_bool()) return *flag;
    if (value.is_int64() || value.is_uint64()) return value.to_number<std::int64_t>();
    throw WrongType(json::serialize(value));
}

bool truthy(const json::value& value, bool otherwise) {
    if (value.is_null()) return otherwise;
    if (const bool* flag = value.if_bool()) return *flag;
    if (value.is_number()) return value.to_number<double>() != 0;
    return true;
}

json::value bytes(std::string_view content) { return {{"$type", "bytes"}, {"base64", utils::base64_encode(content)}}; }

json::value normalized(const json::value& value) {
    const std::string_view tag = type_tag(value);
    if (tag == "safe" || tag == "lazy" || tag == "strcat") return json::value(text(value));
    if (tag == "tuple" || tag == "set") return normalized(value.at("items"));
    // Of an aware time the offset counts, whatever its zone is called; of a span the exact count.
    if (tag == "datetime") return {{"$type", "datetime"}, {"iso", value.at("iso")}};
    if (tag == "timedelta") return {{"$type", "timedelta"}, {"microseconds_total", value.at("microseconds_total")}};
    if (const auto* list = value.if_array()) {
        json::array out;
        for (const json::value& item : *list) out.push_back(normalized(item));
        return out;
    }
    if (const auto* object = value.if_object()) {
        json::object out;
        for (const auto& [key, item] : *object) out[key] = normalized(item);
        return out;
    }
    return value;
}

File read_file(const std::string& path) {
    std::ifstream stream(path);
    if (!stream) throw std::runtime_error("cannot open " + path);
    std::stringstream content;
    content << stream.rdbuf();
    json::value parsed = exact_json(content.str());
    return File{path, std::move(parsed.as_object())};
}

namespace {

std::string stem_of(std::string_view path) {
    path = path.substr(path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1);
    return std::string(path.substr(0, path.find('.')));
}

void run_file(const std::string& path, Report& report) {
    const File file = read_file(path);
    const std::string stem = stem_of(path);
    for (const Kind& kind : kinds()) {
        if (kind.name == stem) return kind.run(file, report);
    }
    if (!file.content.contains("cases") || !file.content.at("cases").is_array()) return;
    for (const json::value& one : file.cases()) report.skip(str(one.at("id")), "not yet: " + stem);
}

}  // namespace

int run(int count, char** arguments) {
    Report report;
    int files = 0;
    for (int i = 1; i < count; ++i) {
        const std::string argument = arguments[i];
        if (argument == "-v") {
            report.verbose = true;
            continue;
        }
        if (argument == "--database") {
            database = ++i < count ? arguments[i] : "";
            if (database != "sqlite" && database != "postgresql")
                throw std::runtime_error("--database knows sqlite and postgresql");
            continue;
        }
        ++files;
        run_file(argument, report);
    }
    if (files == 0) {
        std::printf("usage: nuages_conformance [-v] [--database sqlite|postgresql] FILE...\n");
        return 2;
    }
    report.close();
    return report.failed() == 0 ? 0 : 1;
}

}  // namespace nuages::conformance
