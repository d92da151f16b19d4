// validators.json: what the validators of django.core.validators accept, with their messages and codes.
#include "runner.hpp"

#include <nuages/core/validators/validators.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/regex.hpp>

#include <cmath>

namespace nuages::conformance {
namespace {

using validators::Options;
using validators::ValidatorRef;

Value value_of(const json::value& data);

struct NamedFile : RefCounted {
    std::string name;
};

constexpr ObjectType kFileType{
    .name = "ContentFile",
    .get = [](const void* self, const Key& key, const Value&) {
        return key.name == "name" ? Value(static_cast<const NamedFile*>(self)->name) : Value();
    },
    .str = [](const void*, std::string& out) { out += "Raw content"; }};

Value file_of(const json::value& data) {
    auto file = make_ref<NamedFile>();
    file->name = std::string(data.at("name").as_string());
    const NamedFile* self = file.get();
    return Value::object(Ref<RefCounted>(file.get()), self, kFileType);
}

Value value_of(const json::value& data) {
    switch (data.kind()) {
        case json::kind::null: return Value(nullptr);
        case json::kind::bool_: return Value(data.as_bool());
        case json::kind::int64: return Value(data.as_int64());
        case json::kind::uint64: return Value(data.as_uint64());
        case json::kind::double_: return Value(data.as_double());
        case json::kind::string: return Value(std::string(data.as_string()));
        case json::kind::array: {
            std::vector<Value> items;
            for (const json::value& item : data.as_array()) items.push_back(value_of(item));
            return Value::list(std::move(items));
        }
        default: break;
    }
    const std::string_view type = type_tag(data);
    if (type == "Decimal") return Value::decimal(data.at("value").as_string());
    if (type == "datetime" || type == "date") {
        const std::string iso(data.at("iso").as_string());
        if (type == "date") return Value::date(Date::parse(iso).value().days);
        const std::int64_t at = DateTime::parse(iso).value().microseconds;
        return data.as_object().contains("tz") ? Value::datetime(at) : Value::naive_datetime(at);
    }
    if (type == "strcat" || type == "safe" || type == "lazy") return Value(text(data));
    if (type == "file" || type == "uploadedfile") return file_of(data);
    throw Skip("a value of type " + std::string(type));
}

std::vector<std::string> texts_of(const json::value& list) {
    std::vector<std::string> out;
    const json::value* items = list.is_object() ? &list.at("items") : &list;
    for (const json::value& item : items->as_array()) out.emplace_back(item.as_string());
    return out;
}

struct Arguments {
    const json::array& positional;
    const json::object& keywords;

    const json::value* find(std::size_t at, std::string_view name) const {
        if (at < positional.size()) return &positional[at];
        return keywords.if_contains(name);
    }
    Options options(std::size_t at) const {
        Options options;
        if (const json::value* message = find(at, "message"); message && message->is_string())
            options.message = std::string(message->as_string());
        if (const json::value* code = find(at + 1, "code"); code && code->is_string())
            options.code = std::string(code->as_string());
        return options;
    }
    Value limit() const { return value_of(*find(0, "limit_value")); }
    int number(std::size_t at, std::string_view name) const {
        const json::value* value = find(at, name);
        return value && value->is_int64() ? static_cast<int>(value->as_int64()) : -1;
    }
};

ValidatorRef regex_of(const Arguments& args) {
    unsigned flags = 0;
    std::string pattern;
    if (const json::value* regex = args.find(0, "regex")) {
        if (regex->is_string()) {
            pattern = std::string(regex->as_string());
        } else {
            pattern = std::string(regex->at("pattern").as_string());
            for (const json::value& flag : regex->at("flags").as_array()) {
                if (flag.as_string() == "IGNORECASE") flags |= utils::Regex::kIgnoreCase;
            }
        }
    }
    if (const json::value* given = args.find(4, "flags"); given && given->is_int64() && (given->as_int64() & 2))
        flags |= utils::Regex::kIgnoreCase;
    const json::value* inverse = args.find(3, "inverse_match");
    return validators::RegexValidator(pattern, args.options(1), inverse && inverse->is_bool() && inverse->as_bool(),
                                      flags);
}

ValidatorRef class_of(std::string_view name, const Arguments& args) {
    if (name == "RegexValidator") return regex_of(args);
    if (name == "DomainNameValidator") {
        const json::value* idna = args.keywords.if_contains("accept_idna");
        return validators::DomainNameValidator(!idna || idna->as_bool());
    }
    if (name == "URLValidator") {
        if (const json::value* schemes = args.find(0, "schemes")) return validators::URLValidator(texts_of(*schemes));
        return validators::URLValidator();
    }
    if (name == "EmailValidator") {
        if (const json::value* list = args.find(2, "allowlist"))
            return validators::EmailValidator(args.options(0), texts_of(*list));
        return validators::EmailValidator(args.options(0));
    }
    if (name == "MaxValueValidator") return validators::MaxValueValidator(args.limit(), args.options(1));
    if (name == "MinValueValidator") return validators::MinValueValidator(args.limit(), args.options(1));
    if (name == "MaxLengthValidator")
        return validators::MaxLengthValidator(args.limit().as_integer(), args.options(1));
    if (name == "MinLengthValidator")
        return validators::MinLengthValidator(args.limit().as_integer(), args.options(1));
    if (name == "StepValueValidator") {
        const json::value* offset = args.find(2, "offset");
        return validators::StepValueValidator(args.limit(), offset ? value_of(*offset) : Value(nullptr));
    }
    if (name == "DecimalValidator")
        return validators::DecimalValidator(args.number(0, "max_digits"), args.number(1, "decimal_places"));
    if (name == "FileExtensionValidator") {
        const json::value* allowed = args.find(0, "allowed_extensions");
        if (!allowed || allowed->is_null()) throw Skip("no list of extensions");
        return validators::FileExtensionValidator(texts_of(*allowed), args.options(1));
    }
    if (name == "ProhibitNullCharactersValidator") return validators::ProhibitNullCharactersValidator(args.options(0));
    throw Skip("the class " + std::string(name));
}

ValidatorRef validator_of(const json::value& described) {
    using namespace validators;
    const json::object& object = described.as_object();
    if (const json::value* path = object.if_contains("class")) {
        const std::string_view all = path->as_string();
        if (!all.starts_with("django.core.validators")) throw Skip("validators of passwords");
        return class_of(all.substr(all.rfind('.') + 1),
                        {object.at("args").as_array(), object.at("kwargs").as_object()});
    }
    const std::string_view name = object.at("name").as_string();
    const std::pair<std::string_view, const ValidatorRef& (*)()> known[] = {
        {"validate_integer", validate_integer},
        {"validate_email", validate_email},
        {"validate_domain_name", validate_domain_name},
        {"validate_slug", validate_slug},
        {"validate_unicode_slug", validate_unicode_slug},
        {"validate_ipv4_address", validate_ipv4_address},
        {"validate_ipv6_address", validate_ipv6_address},
        {"validate_ipv46_address", validate_ipv46_address},
        {"validate_comma_separated_integer_list", validate_comma_separated_integer_list},
        {"validate_image_file_extension", validate_image_file_extension}};
    for (const auto& [ready, make] : known) {
        if (ready == name) return make();
    }
    throw Skip("the validator " + std::string(name));
}

std::string expected_of(const json::object& one) {
    if (one.contains("error")) return "error";
    if (one.at("valid").as_bool()) return "valid";
    std::string out;
    for (const json::value& error : one.at("errors").as_array()) {
        const json::value& code = error.at("code");
        out += "[" + (code.is_string() ? std::string(code.as_string()) : std::string()) + "] " +
               std::string(error.at("message").as_string()) + "\n";
    }
    return out;
}

}  // namespace

void run_validators(const File& file, Report& report) {
    for (const json::value& entry : file.cases()) {
        const json::object& one = entry.as_object();
        const std::string_view id = one.at("id").as_string();
        try {
            const std::string_view reason = difference_of(id);
            if (!reason.empty()) throw Skip(std::string(reason));
            std::string got;
            try {
                validator_of(one.at("validator"))->validate(value_of(one.at("value")));
                got = "valid";
            } catch (const ValidationError& error) {
                for (const auto& item : error.items()) got += "[" + item.code + "] " + item.text() + "\n";
            }
            const std::string expected = expected_of(one);
            got == expected ? report.pass() : report.fail(id, expected, got);
        } catch (const Skip& skip) {
            report.skip(id, skip.what());
        } catch (const std::exception& error) {
            one.contains("error") ? report.pass() : report.fail(id, expected_of(one), error.what());
        }
    }
}

}  // namespace nuages::conformance
