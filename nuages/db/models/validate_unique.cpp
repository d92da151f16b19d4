// What must be unique, and the constraints of Meta, asked of the database before it would refuse
// (django.db.models.base and constraints).
//
// A constraint is a condition over columns. To hold it against an object that is not stored, its values stand in for the
// table: SELECT 1 FROM (SELECT ? AS "price", ...) "shop_book" WHERE ...
#include <nuages/base/log.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/detail/select.hpp>
#include <nuages/db/models/detail/statements.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/utils/text.hpp>

#include <list>

namespace nuages::db::models {

namespace {

bool is_adding(const ModelMeta& meta, const void* object, const CleanOptions& options) {
    return options.adding.value_or(has_no_key(meta, object));
}

std::string message_of(const Field& field, std::string_view code, std::string_view otherwise) {
    for (const auto& [known, message] : field.error_messages) {
        if (known == code) return message;
    }
    return std::string(otherwise);
}

// "Book with this Title and Publisher already exists."
ValidationError unique_error(const ModelMeta& meta, const std::vector<std::string>& names) {
    const Value model(utils::capfirst(meta.verbose_name));
    if (names.size() == 1) {
        const Field& field = meta.field(names[0]);
        return ValidationError(message_of(field, "unique", "%(model_name)s with this %(field_label)s already exists."), "unique",
                               {{"model_name", model}, {"field_label", Value(utils::capfirst(field.verbose_name))}});
    }
    std::vector<std::string> labels;
    for (const std::string& name : names) labels.push_back(utils::capfirst(meta.field(name).verbose_name));
    return ValidationError("%(model_name)s with this %(field_labels)s already exists.", "unique_together",
                           {{"model_name", model}, {"field_labels", Value(utils::get_text_list(labels, "and"))}});
}

Query other_rows(const ModelMeta& meta, const void* object, const CleanOptions& options) {
    const Query rows = Query(meta).using_(database_or_default(options.using_));
    if (is_adding(meta, object, options) || has_no_key(meta, object)) return rows;
    return rows.exclude(has_key_among(meta, {meta.pk().get(object)}));
}

void check_unique(const ModelMeta& meta, const void* object, const std::vector<std::string>& names,
                  const CleanOptions& options, ValidationError::Fields& errors) {
    QNode same;
    for (const std::string& name : names) {
        if (options.exclude.contains(name)) return;
        const Field& field = meta.field(name);
        if (field.primary_key && (!is_adding(meta, object, options) || (field.is_auto() && has_no_key(meta, object)))) return;
        const Literal value = field.get(object);
        if (value.is_null() || value.kind() == Literal::Kind::expression) return;
        same.children.emplace_back(Name(field.name), value);
    }
    if (!other_rows(meta, object, options).filter(std::move(same)).exists()) return;
    unique_error(meta, names).update_error_dict(errors, names.size() == 1 ? std::string_view(names[0]) : NON_FIELD_ERRORS);
}

// unique_for_date, unique_for_month, unique_for_year.
void check_date(const ModelMeta& meta, const void* object, const Field& field, const std::string& date_name,
                std::string_view unit, const CleanOptions& options, ValidationError::Fields& errors) {
    if (date_name.empty() || options.exclude.contains(date_name)) return;
    const Field& date_field = meta.field(date_name);
    const Literal moment = date_field.get(object);
    if (moment.is_null()) return;
    const Date day = moment.kind() == Literal::Kind::date ? Date{moment.integer()} : DateTime{moment.integer()}.date();
    QNode same;
    same.children.emplace_back(Name(field.name), field.get(object));
    const auto part = [&](const char* lookup, int number) {
        same.children.emplace_back(Name(date_name + "__" + lookup), Literal(number));
    };
    if (unit == "date") {
        part("day", day.day());
        part("month", day.month());
        part("year", day.year());
    } else if (unit == "month") {
        part("month", day.month());
    } else {
        part("year", day.year());
    }
    if (!other_rows(meta, object, options).filter(std::move(same)).exists()) return;
    ValidationError(message_of(field, "unique_for_date", "%(field_label)s must be unique for %(date_field_label)s %(lookup_type)s."),
                    "unique_for_date",
                    {{"field_label", Value(utils::capfirst(field.verbose_name))},
                     {"date_field_label", Value(utils::capfirst(date_field.verbose_name))},
                     {"lookup_type", Value(unit)}})
        .update_error_dict(errors, field.name);
}

}  // namespace

void validate_unique(const ModelMeta& meta, const void* object, const CleanOptions& options) {
    ValidationError::Fields errors;
    for (const std::vector<std::string>& together : meta.unique_together)
        check_unique(meta, object, together, options, errors);
    for (const Field& field : meta.fields) {
        if (field.is_composite()) check_unique(meta, object, field.parts, options, errors);
        if (!field.concrete() || !field.has_unique()) continue;
        check_unique(meta, object, {field.name}, options, errors);
    }
    for (const Field* field : meta.columns()) {
        if (options.exclude.contains(field->name)) continue;
        check_date(meta, object, *field, field->unique_for_date, "date", options, errors);
        check_date(meta, object, *field, field->unique_for_month, "month", options, errors);
        check_date(meta, object, *field, field->unique_for_year, "year", options, errors);
    }
    if (!errors.empty()) throw ValidationError(std::move(errors));
}

namespace {

/// One statement about a constraint and an object that may not be stored.
class Question {
public:
    Question(const ModelMeta& meta, const void* object, const CleanOptions& options)
        : meta_(meta), object_(object), options_(options),
          connection_(db::connection(database_or_default(options.using_))), out_(connection_) {}

    /// Whether CONDITION holds for the object, or is unknown to be false; true too when it needs an excluded field.
    bool holds(const QNode& condition) {
        out_ << "SELECT 1 WHERE COALESCE((SELECT ";
        write_condition(condition);
        out_ << " FROM ";
        write_values();
        out_ << "), " << (connection_.features().has_native_boolean ? "TRUE" : "1") << ")";
        if (needs_excluded()) return true;
        return any_row();
    }

    /// Whether another row has the same values of the constraint's fields or expressions, and its condition holds.
    bool has_conflict(const Constraint& constraint) {
        out_ << "SELECT 1 FROM ";
        out_.name(meta_.db_table);
        out_ << " WHERE ";
        bool first = true;
        const auto and_ = [&] {
            if (!first) out_ << " AND ";
            first = false;
        };
        for (const std::string& name : constraint.fields) {
            and_();
            write_equal(expr::F(Name(name)), constraint.nulls_distinct == false);
        }
        for (std::size_t i = 0; i < constraint.expressions.size(); ++i) {
            const OrderBy& entry = constraint.expressions[i];
            and_();
            write_equal(entry.expression ? entry.expression : expr::F(entry.path), constraint.nulls_distinct == false,
                        constraint.is_exclusion() ? std::string_view(constraint.operators[i]) : "=");
        }
        if (constraint.condition) {
            and_();
            write_condition(*constraint.condition);
            out_ << " AND EXISTS(SELECT 1 FROM ";
            write_values();
            out_ << " WHERE ";
            write_condition(*constraint.condition);
            out_ << ')';
        }
        if (!is_adding(meta_, object_, options_) && !has_no_key(meta_, object_)) {
            and_();
            out_ << "NOT ";
            write_condition(has_key_among(meta_, {meta_.pk().get(object_)}));
        }
        out_ << " LIMIT 1";
        if (needs_excluded()) return false;
        return any_row();
    }

private:
    Select& scope() {
        Select& made = *selects_.emplace_back(make_ref<Select>(meta_, nullptr));
        made.base();
        out_.scope = &made;
        return made;
    }

    void write_condition(const QNode& condition) {
        conditions_.push_back(condition);
        Select& select = scope();
        select.add_q(conditions_.back());
        out_ << '(';
        const std::size_t before = out_.text().size();
        if (!write_conditions(out_, select.where)) {
            out_.text().resize(before);
            out_ << "1 = 1";
        }
        out_ << ')';
    }

    void write_expression(const Expr& expression) {
        Resolver resolver(scope());
        const Expr resolved = resolver(expression);
        resolved->write(out_);
        out_.keep(resolved);
    }

    // expression = (SELECT expression FROM the object's values), or another operator between them
    void write_equal(const Expr& expression, bool nulls_too, std::string_view operation = "=") {
        if (nulls_too) out_ << '(';
        write_expression(expression);
        out_ << ' ' << operation << " (SELECT ";
        write_expression(expression);
        out_ << " FROM ";
        write_values();
        out_ << ')';
        if (!nulls_too) return;
        out_ << " OR (";
        write_expression(expression);
        out_ << " IS NULL AND (SELECT ";
        write_expression(expression);
        out_ << " FROM ";
        write_values();
        out_ << ") IS NULL))";
    }

    // (SELECT CAST(? AS numeric) AS "price", ...) "shop_book"
    void write_values() {
        Select& select = scope();
        out_ << "(SELECT ";
        bool first = true;
        for (const Field* field : meta_.columns()) {
            if (field->is_generated() || options_.exclude.contains(field->name)) continue;
            if (!first) out_ << ", ";
            first = false;
            const Field& typed = field->value_field();
            const FieldKind kind = typed.is_text() ? FieldKind::text : typed.kind;
            const std::string type = typed.type && typed.type->db_type
                                         ? schema::column_type(*field, connection_)
                                         : std::string(connection_.operations().cast_type(output_name({kind, nullptr, true})));
            out_ << "CAST(";
            write_value(out_, *field, object_, select);
            out_ << " AS " << type << ") AS ";
            out_.name(field->column);
        }
        out_ << ") ";
        out_.name(meta_.db_table);
    }

    // A condition over a field that was excluded cannot be judged. Names only enter the text quoted.
    bool needs_excluded() const {
        const Operations& operations = connection_.operations();
        for (const Field* field : meta_.columns()) {
            if (!field->is_generated() && !options_.exclude.contains(field->name)) continue;
            const std::string name = operations.quoted(meta_.db_table) + "." + operations.quoted(field->column);
            if (out_.text().find(name) != std::string::npos) return true;
        }
        return false;
    }

    bool any_row() {
        bool any = false;
        connection_.execute(out_.text(), out_.params(), [&](std::span<const Cell>) { any = true; });
        return any;
    }

    const ModelMeta& meta_;
    const void* object_;
    const CleanOptions& options_;
    Connection connection_;
    SqlWriter out_;
    std::list<Ref<Select>> selects_;
    std::list<QNode> conditions_;
};

ValidationError violation(const ModelMeta& meta, const Constraint& constraint) {
    if (!constraint.fields.empty() && !constraint.condition && constraint.violation_error_message.empty())
        return unique_error(meta, constraint.fields);
    const std::string message = constraint.violation_error_message.empty()
                                    ? "Constraint \xe2\x80\x9c%(name)s\xe2\x80\x9d is violated."
                                    : constraint.violation_error_message;
    return ValidationError(format_params(message, {{"name", Value(constraint.name)}}), constraint.violation_error_code);
}

// Nulls are distinct from each other, so a row with one of them conflicts with none.
bool may_conflict(const ModelMeta& meta, const void* object, const Constraint& constraint, const CleanOptions& options) {
    for (const std::string& name : constraint.fields) {
        if (options.exclude.contains(name)) return false;
        const Field& field = meta.field(name);
        if (!field.is_generated() && constraint.nulls_distinct != false && field.get(object).is_null()) return false;
    }
    return true;
}

}  // namespace

void validate_constraints(const ModelMeta& meta, const void* object, const CleanOptions& options) {
    ValidationError::Fields errors;
    for (const Constraint& constraint : meta.constraints) {
        if (constraint.is_check() ? !constraint.condition : !may_conflict(meta, object, constraint, options)) continue;
        Question question(meta, object, options);
        const bool violated = constraint.is_check() ? !question.holds(*constraint.condition)
                                                    : question.has_conflict(constraint);
        if (!violated) continue;
        const ValidationError error = violation(meta, constraint);
        const bool of_one_field = constraint.fields.size() == 1 && error.items().front().code == "unique";
        error.update_error_dict(errors, of_one_field ? std::string_view(constraint.fields[0]) : NON_FIELD_ERRORS);
    }
    if (!errors.empty()) throw ValidationError(std::move(errors));
}

}  // namespace nuages::db::models
