// SqlWriter: a statement as it grows, text and parameters together. Expressions print themselves into it.
//
// Values only ever enter as parameters; names only through name(), which quotes them for the vendor.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/db/cell.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/literal.hpp>
#include <nuages/db/operations.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nuages::db::models {

class Select;
class Expression;

class SqlWriter {
public:
    explicit SqlWriter(const Connection& connection) :
        operations_(connection.operations()), features_(connection.features()) {}
    SqlWriter(const Operations& operations, const Features& features) : operations_(operations), features_(features) {}
    SqlWriter(const SqlWriter&) = delete;
    SqlWriter& operator=(const SqlWriter&) = delete;

    /// SQL of the program: keywords, operators. Never a value or a name from outside.
    SqlWriter& operator<<(std::string_view sql) {
        text_ += sql;
        return *this;
    }
    SqlWriter& operator<<(char sql) {
        text_ += sql;
        return *this;
    }
    void number(std::int64_t value) { text_ += std::to_string(value); }
    /// TRUE and FALSE, or 1 and 0 where there is no such type.
    void boolean(bool value) { text_ += features_.has_native_boolean ? (value ? "TRUE" : "FALSE") : (value ? "1" : "0"); }
    void name(std::string_view identifier) { operations_.quote_name(text_, identifier); }

    /// A bound value; what `value` points at must outlive the statement.
    void param(const Param& value);
    /// A bound value; the literal must outlive the statement, or be given to keep() first.
    void param(const Literal& value);
    /// A text made for this statement (a LIKE pattern, for instance).
    void owned_param(std::string text);
    /// JSON text made for this statement.
    void json_param(std::string json) { param(keep(Literal::json(std::move(json)))); }
    const Literal& keep(Literal value);
    void keep(Ref<const RefCounted> owner) { owners_.push_back(std::move(owner)); }

    const Operations& operations() const { return operations_; }
    const Features& features() const { return features_; }

    const std::string& text() const { return text_; }
    std::string& text() { return text_; }
    const std::vector<Param>& params() const { return params_; }
    /// Cuts the text and the parameters back to an earlier state.
    void truncate(std::size_t text_size, std::size_t params_size) {
        text_.resize(text_size);
        params_.resize(params_size);
    }

    const Select* scope = nullptr;  ///< the SELECT whose columns are printed
    bool inline_literals = false;   ///< print literals as SQL text: constraints and index conditions
    bool reuse_params = false;      ///< a value that is bound already keeps its number: GROUP BY
    bool bare_columns = false;      ///< columns without their table: constraints, UPDATE on some vendors

private:
    struct Holder;
    void inline_literal(const Literal& value);
    const Operations& operations_;
    const Features& features_;
    std::string text_;
    std::vector<Param> params_;
    std::vector<Ref<const RefCounted>> owners_;
};

}  // namespace nuages::db::models
