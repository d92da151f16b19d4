// Fields: values converted, then validated (django.db.models.fields, Field.clean).
#include <nuages/core/validators/validators.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/detail/nodes.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/query.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/utils/ip.hpp>

#include <boost/json.hpp>

#include <algorithm>

namespace nuages::db::models {

namespace {

using Kind = Literal::Kind;

#define NUAGES_QUOTED "\xe2\x80\x9c%(value)s\xe2\x80\x9d "

bool is_empty(const Literal& value) {
    switch (value.kind()) {
        case Kind::null: return true;
        case Kind::text: return value.text().empty();
        case Kind::json: return value.text() == "{}" || value.text() == "[]" || value.text() == "\"\"";
        case Kind::list: return value.list().empty();
        default: return false;
    }
}

std::string message_of(const Field& field, std::string_view code, std::string_view otherwise) {
    for (const auto& [known, message] : field.error_messages) {
        if (known == code) return message;
    }
    return std::string(otherwise);
}

[[noreturn]] void refuse(const Field& field, std::string_view code, std::string_view message, const Literal& value) {
    throw ValidationError(message_of(field, code, message), std::string(code), {{"value", to_value(value)}});
}
[[noreturn]] void refuse_empty(const Field& field, std::string_view code, std::string_view message) {
    throw ValidationError(message_of(field, code, message), std::string(code));
}

bool looks_like_date(std::string_view text) {
    if (text.size() < 8) return false;
    int hyphens = 0;
    for (const char c : text.substr(0, 10)) hyphens += c == '-';
    return text.find_first_not_of("0123456789-") == text.npos && hyphens == 2;
}

bool looks_like_time(std::string_view text) {
    return text.find(':') != text.npos && text.find_first_not_of("0123456789:.") == text.npos;
}

// What a value that cannot be converted is told, by kind.
[[noreturn]] void refuse_type(const Field& field, FieldKind kind, const Literal& value) {
    const std::string_view text = value.kind() == Kind::text ? std::string_view(value.text()) : std::string_view();
    switch (kind) {
        case FieldKind::boolean:
            if (field.null) refuse(field, "invalid_nullable", NUAGES_QUOTED "value must be either True, False, or None.", value);
            refuse(field, "invalid", NUAGES_QUOTED "value must be either True or False.", value);
        case FieldKind::float_: refuse(field, "invalid", NUAGES_QUOTED "value must be a float.", value);
        case FieldKind::decimal: refuse(field, "invalid", NUAGES_QUOTED "value must be a decimal number.", value);
        case FieldKind::date:
            if (looks_like_date(text))
                refuse(field, "invalid_date",
                       NUAGES_QUOTED "value has the correct format (YYYY-MM-DD) but it is an invalid date.", value);
            refuse(field, "invalid",
                   NUAGES_QUOTED "value has an invalid date format. It must be in YYYY-MM-DD format.", value);
        case FieldKind::time:
            if (looks_like_time(text))
                refuse(field, "invalid_time",
                       NUAGES_QUOTED "value has the correct format (HH:MM[:ss[.uuuuuu]]) but it is an invalid time.", value);
            refuse(field, "invalid",
                   NUAGES_QUOTED "value has an invalid format. It must be in HH:MM[:ss[.uuuuuu]] format.", value);
        case FieldKind::date_time:
            if (looks_like_date(text))
                refuse(field, "invalid_date",
                       NUAGES_QUOTED "value has the correct format (YYYY-MM-DD) but it is an invalid date.", value);
            if (text.size() > 10 && looks_like_date(text.substr(0, 10)) && looks_like_time(text.substr(11)))
                refuse(field, "invalid_datetime",
                       NUAGES_QUOTED "value has the correct format (YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]) but it is an "
                                     "invalid date/time.",
                       value);
            refuse(field, "invalid",
                   NUAGES_QUOTED "value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.",
                   value);
        case FieldKind::duration:
            refuse(field, "invalid",
                   NUAGES_QUOTED "value has an invalid format. It must be in [DD] [[HH:]MM:]ss[.uuuuuu] format.", value);
        case FieldKind::uuid: refuse(field, "invalid", NUAGES_QUOTED "is not a valid UUID.", value);
        default: refuse(field, "invalid", NUAGES_QUOTED "value must be an integer.", value);
    }
}

#undef NUAGES_QUOTED

std::string_view protocol_name(const Field& field) {
    return field.protocol == "IPv4" ? "IPv4" : field.protocol == "IPv6" ? "IPv6" : "IPv4 or IPv6";
}

Literal to_address(const Field& field, const Literal& value) {
    if (value.kind() != Kind::text) return Literal(repr(value));
    std::string text = value.text();
    text.erase(0, text.find_first_not_of(" \t\n\r"));
    text.erase(text.find_last_not_of(" \t\n\r") + 1);
    if (text.find(':') == text.npos) return Literal(text);
    const auto clean = utils::clean_ipv6_address(text, field.unpack_ipv4);
    if (!clean)
        throw ValidationError(message_of(field, "invalid", "Enter a valid %(protocol)s address."), "invalid",
                              {{"protocol", Value(protocol_name(field))}});
    return Literal(*clean);
}

}  // namespace

Literal to_python(const Field& field, const Literal& value) {
    const Field& typed = field.value_field();
    if (value.is_null()) return value;
    if (typed.type && value.kind() != Kind::expression) return typed.type->to_python ? typed.type->to_python(field, value) : value;
    if (typed.kind == FieldKind::ip_address) return to_address(field, value);
    if (typed.kind == FieldKind::json || typed.kind == FieldKind::binary || value.kind() == Kind::expression) return value;
    if (typed.kind == FieldKind::boolean && field.null && is_empty(value)) return {};
    try {
        Literal storage;
        return prepared({typed.kind, &field, true}, value, storage);
    } catch (const ValidationError&) {
        throw;
    } catch (const Error&) {
        refuse_type(field, typed.kind, value);
    }
}

namespace {

void check_choices(const Field& field, const Literal& value) {
    for (const Choice& choice : field.choices) {
        if (choice.value == value) return;
    }
    refuse(field, "invalid_choice", "Value %(value)r is not a valid choice.", value);
}

void check_reference(const Field& field, const Literal& value, std::string_view database) {
    if (value.is_null() || field.relation.parent_link) return;
    const Field& target = field.target_field();
    Query rows = Query(*target.model).using_(database_or_default(database)).filter(QNode(Name(target.name), value));
    if (const Expr limit = field.get_limit_choices_to()) rows = rows.filter(QNode(limit));
    if (rows.exists()) return;
    const Value key = to_value(value);
    throw ValidationError(
        message_of(field, "invalid", "%(model)s instance with %(field)s %(value)r is not a valid choice."), "invalid",
        {{"model", Value(target.model->verbose_name)}, {"pk", key}, {"field", Value(target.name)}, {"value", key}});
}

// Field.validate(): choices, null and blank. False when a choice ended it.
void validate_value(const Field& field, const Literal& value, std::string_view database) {
    if (!field.editable || (field.kind == FieldKind::binary && !field.type)) return;  // BinaryField is not editable by default
    if (!field.choices.empty() && !is_empty(value)) return check_choices(field, value);
    if (value.is_null() && !field.null) refuse_empty(field, "null", "This field cannot be null.");
    if (!field.blank && is_empty(value)) refuse_empty(field, "blank", "This field cannot be blank.");
    if (field.kind == FieldKind::json && (value.kind() == Kind::json || value.kind() == Kind::list)) {
        boost::system::error_code error;
        boost::json::parse(value.kind() == Kind::json ? value.text() : "no JSON", error);
        if (error) refuse(field, "invalid", "Value must be valid JSON.", value);
    }
    if (field.is_foreign_key()) check_reference(field, value, database);
}

using validators::ValidatorRef;

// The bounds that the database has for the field's column, where no validator of the field's own is as strict.
void add_range(const Field& field, std::string_view database, std::vector<ValidatorRef>& out) {
    const Connection connection = db::connection(database_or_default(database));
    const auto range = connection.operations().integer_range(field_class_name(field));
    const Value least(range.min), most(range.max);
    const auto is_as_strict = [&](std::string_view name, const Value& bound, int order) {
        return std::any_of(field.validators.begin(), field.validators.end(), [&](const ValidatorRef& own) {
            if (own->name() != name) return false;
            const int found = own->limit().compare(bound);
            return found == 0 || found == order;
        });
    };
    if (!is_as_strict("MinValueValidator", least, 1)) out.push_back(validators::MinValueValidator(least));
    if (!is_as_strict("MaxValueValidator", most, -1)) out.push_back(validators::MaxValueValidator(most));
}

// The validators of the field's class, then its own, then those of its sizes.
std::vector<ValidatorRef> validators_of(const Field& field, std::string_view database) {
    if (field.is_foreign_key()) return field.validators;
    std::vector<ValidatorRef> all;
    const std::string_view type = field_class_name(field);
    if (type == "EmailField") all.push_back(validators::validate_email());
    if (type == "URLField") all.push_back(validators::validate_url());
    if (type == "SlugField")
        all.push_back(field.allow_unicode ? validators::validate_unicode_slug() : validators::validate_slug());
    if (field.kind == FieldKind::ip_address)
        all.push_back(field.protocol == "IPv4"   ? validators::validate_ipv4_address()
                      : field.protocol == "IPv6" ? validators::validate_ipv6_address()
                                                 : validators::validate_ipv46_address());
    all.insert(all.end(), field.validators.begin(), field.validators.end());
    const bool is_path = type == "FileField" || type == "ImageField" || type == "FilePathField";  // forms look at those
    if (field.max_length && !is_path && (field.kind == FieldKind::char_ || field.kind == FieldKind::binary))
        all.push_back(validators::MaxLengthValidator(field.max_length));
    if (field.kind == FieldKind::decimal && field.max_digits)
        all.push_back(validators::DecimalValidator(field.max_digits, field.decimal_places));
    const bool integer = field.kind <= FieldKind::positive_big_integer && field.kind != FieldKind::boolean;
    if (integer) add_range(field, database, all);
    return all;
}

void run_validators(const Field& field, const Literal& value, std::string_view database) {
    if (is_empty(value)) return;
    std::vector<ValidationError::Item> errors;
    const Value shown = to_value(value);
    for (const ValidatorRef& validator : validators_of(field, database)) {
        try {
            validator->validate(shown);
        } catch (const ValidationError& error) {
            for (ValidationError::Item item : error.items()) {
                item.message = message_of(field, item.code, item.message);
                errors.push_back(std::move(item));
            }
        }
    }
    if (!errors.empty()) throw ValidationError(std::move(errors));
}

}  // namespace

namespace {

// A whole number past 64 bits is one that no column holds: what its range says, not that it is no integer.
void refuse_past_64_bits(const Field& field, const Literal& value, std::string_view database) {
    const bool integer = field.kind <= FieldKind::positive_big_integer && field.kind != FieldKind::boolean;
    if (!integer || value.kind() != Kind::decimal || value.text().size() < 19) return;
    if (value.text().find_first_not_of("0123456789", value.text().starts_with('-') ? 1 : 0) != std::string::npos) return;
    const bool negative = value.text().starts_with('-');
    const auto range = db::connection(database_or_default(database)).operations().integer_range(field_class_name(field));
    const std::string_view code = negative ? "min_value" : "max_value";
    throw ValidationError(message_of(field, code, negative ? "Ensure this value is greater than or equal to %(limit_value)s."
                                                           : "Ensure this value is less than or equal to %(limit_value)s."),
                          std::string(code), {{"limit_value", Value(negative ? range.min : range.max)}, {"value", to_value(value)}});
}

}  // namespace

Literal clean_value(const Field& field, const Literal& value, std::string_view database) {
    refuse_past_64_bits(field, value, database);
    Literal made = to_python(field, value);
    validate_value(field, made, database);
    run_validators(field, made, database);
    return made;
}

void clean_fields(const ModelMeta& meta, void* object, const CleanOptions& options) {
    ValidationError::Fields errors;
    for (const Field* field : meta.columns()) {
        if (field->is_generated() || options.exclude.contains(field->name)) continue;
        const Literal raw = field->get(object);
        if (raw.kind() == Kind::expression) continue;
        if (field->blank && is_empty(raw)) continue;
        // In a C++ object an automatic key that was never set is 0.
        if (field->is_auto() && has_no_key(meta, object)) continue;
        try {
            Literal made = clean_value(*field, raw, options.using_);
            if (meta.is_record()) field->set(object, made);
        } catch (const ValidationError& error) {
            error.update_error_dict(errors, field->name);
        }
    }
    if (!errors.empty()) throw ValidationError(std::move(errors));
}

void full_clean(const ModelMeta& meta, void* object, const CleanOptions& options) {
    ValidationError::Fields errors;
    CleanOptions rest = options;
    const auto collect = [&](auto&& part) {
        for (const auto& [name, items] : errors) {
            if (name != NON_FIELD_ERRORS) rest.exclude.insert(name);
        }
        try {
            part();
        } catch (const ValidationError& error) {
            error.update_error_dict(errors);
        }
    };
    collect([&] { clean_fields(meta, object, options); });
    if (meta.ops->clean) collect([&] { meta.ops->clean(meta, object); });
    if (options.validate_unique) collect([&] { validate_unique(meta, object, rest); });
    if (options.validate_constraints) collect([&] { validate_constraints(meta, object, rest); });
    if (!errors.empty()) throw ValidationError(std::move(errors));
}

}  // namespace nuages::db::models
