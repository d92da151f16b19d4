#include <nuages/db/array.hpp>
#include <nuages/db/errors.hpp>

#include <string>

namespace nuages::db {

namespace {

ArrayReader array_reader = nullptr;

/// An array as PostgreSQL prints it, {a,"b c",NULL}: of items that it sends as text, like enums, ranges and hstores.
class ArrayText {
public:
    explicit ArrayText(std::string_view text) : text_(text) {}

    void each(FunctionRef<void(const Cell&)> item) {
        if (text_.starts_with('[')) {  // [2:3]={a,b}: its bounds are not 1
            const std::size_t sign = text_.find('=');
            if (sign == text_.npos) refuse();
            at_ = sign + 1;
        }
        if (next() != '{') refuse();
        for (int depth = 1; depth > 0;) {
            switch (peek()) {
                case '{': ++depth; ++at_; break;
                case '}': --depth; ++at_; break;
                case ',': ++at_; break;
                case '"': item(Cell::from_text(quoted())); break;
                default: {
                    const std::string_view word = bare();
                    item(word == "NULL" ? Cell() : Cell::from_text(word));
                }
            }
        }
        if (at_ != text_.size()) refuse();
    }

private:
    [[noreturn]] static void refuse() { throw DataError("the column holds no array"); }
    char peek() const {
        if (at_ >= text_.size()) refuse();
        return text_[at_];
    }
    char next() {
        const char found = peek();
        ++at_;
        return found;
    }
    std::string_view quoted() {
        word_.clear();
        ++at_;
        for (char c = next(); c != '"'; c = next()) word_ += c == '\\' ? next() : c;
        return word_;
    }
    std::string_view bare() {
        const std::size_t end = text_.find_first_of(",}", at_);
        if (end == text_.npos) refuse();
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        return word;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string word_;
};

}  // namespace

void set_array_reader(ArrayReader reader) { __atomic_store_n(&array_reader, reader, __ATOMIC_RELEASE); }

void each_in_array(const Cell& cell, FunctionRef<void(const Cell&)> item) {
    if (cell.kind() == CellKind::text) return ArrayText(cell.text()).each(item);
    const ArrayReader reader = __atomic_load_n(&array_reader, __ATOMIC_ACQUIRE);
    if (cell.kind() != CellKind::blob || !reader) throw DataError("the column holds no array");
    reader(cell.text(), item);
}

}  // namespace nuages::db
