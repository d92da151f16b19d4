// The growing text of a statement and its parameters.
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>

#include <algorithm>

namespace nuages::db::models {

struct SqlWriter::Holder : RefCounted {
    Literal literal;
    explicit Holder(Literal value) : literal(std::move(value)) {}
};

const Literal& SqlWriter::keep(Literal value) {
    auto holder = make_ref<Holder>(std::move(value));
    owners_.push_back(holder);
    return holder->literal;
}

void SqlWriter::owned_param(std::string text) { param(keep(Literal(std::move(text)))); }

namespace {

bool same_value(const Param& a, const Param& b) {
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case ParamKind::null: return true;
        case ParamKind::real: return a.real() == b.real();
        case ParamKind::text:
        case ParamKind::blob:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: return a.text() == b.text();
        default: return a.integer() == b.integer();
    }
}

}  // namespace

void SqlWriter::param(const Param& value) {
    if (reuse_params && features_.has_numbered_placeholders) {
        const auto found = std::find_if(params_.begin(), params_.end(), [&](const Param& each) { return same_value(each, value); });
        if (found != params_.end())
            return operations_.placeholder(text_, static_cast<std::size_t>(found - params_.begin()) + 1);
    }
    params_.push_back(value);
    operations_.placeholder(text_, params_.size());
}

Param param_of(const Literal& value) {
    switch (value.kind()) {
        case Literal::Kind::null: return Param();
        case Literal::Kind::boolean: return Param(value.integer() != 0);
        case Literal::Kind::integer: return Param(value.integer());
        case Literal::Kind::real: return Param(value.real());
        case Literal::Kind::text: return Param(value.text());
        case Literal::Kind::decimal: return Param(TypedText{ParamKind::decimal, value.text()});
        case Literal::Kind::uuid: return Param(TypedText{ParamKind::uuid, value.text()});
        case Literal::Kind::json: return Param(TypedText{ParamKind::json, value.text()});
        case Literal::Kind::blob: return Param(Blob{value.text()});
        case Literal::Kind::date: return Param(Date{value.integer()});
        case Literal::Kind::time: return Param(Time{value.integer()});
        case Literal::Kind::datetime: return Param(DateTime{value.integer()});
        case Literal::Kind::duration: return Param(Duration{value.integer()});
        case Literal::Kind::expression:
        case Literal::Kind::list: break;
    }
    throw ValueError("A list can only stand on the right of `in` and `range`.");
}

void SqlWriter::param(const Literal& value) {
    if (inline_literals) return inline_literal(value);
    param(param_of(value));
}

// For constraints and conditions of indexes, whose values stand in the table's definition.
void SqlWriter::inline_literal(const Literal& value) {
    const auto typed = [&](ParamKind kind, std::string_view text) {
        if (text.find('\0') != text.npos) throw ValueError("A value in a constraint must not hold NUL bytes.");
        operations_.quote_literal(text_, kind, text);
    };
    switch (value.kind()) {
        case Literal::Kind::null: text_ += "NULL"; break;
        case Literal::Kind::boolean:
            if (features_.has_native_boolean) {
                text_ += value.integer() ? "true" : "false";
                break;
            }
            [[fallthrough]];
        case Literal::Kind::integer: text_ += std::to_string(value.integer()); break;
        case Literal::Kind::duration: typed(ParamKind::duration, std::to_string(value.integer())); break;
        case Literal::Kind::real: text_ += repr(value); break;
        case Literal::Kind::date: typed(ParamKind::date, Date{value.integer()}.iso()); break;
        case Literal::Kind::time: typed(ParamKind::time, Time{value.integer()}.iso()); break;
        case Literal::Kind::datetime: {
            std::string text;
            DateTime{value.integer()}.append_iso(text, ' ', features_.has_native_boolean ? "+00:00" : "");
            typed(ParamKind::datetime, text);
            break;
        }
        case Literal::Kind::blob: throw ValueError("A constraint cannot hold binary values.");
        case Literal::Kind::expression:
        case Literal::Kind::list: throw ValueError("A list can only stand on the right of `in` and `range`.");
        case Literal::Kind::decimal: typed(ParamKind::decimal, value.text()); break;
        case Literal::Kind::uuid: typed(ParamKind::uuid, value.text()); break;
        case Literal::Kind::json: typed(ParamKind::json, value.text()); break;
        default: typed(ParamKind::text, value.text());
    }
}

}  // namespace nuages::db::models
