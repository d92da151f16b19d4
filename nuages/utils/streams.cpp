// Values in streams and in unordered containers.
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/decimal.hpp>
#include <nuages/utils/uuid.hpp>
#include <nuages/utils/value.hpp>

#include <ostream>

namespace nuages {

std::ostream& operator<<(std::ostream& out, const Date& date) { return out << date.iso(); }
std::ostream& operator<<(std::ostream& out, const Time& time) { return out << time.iso(); }
std::ostream& operator<<(std::ostream& out, const DateTime& at) {
    std::string text;
    at.append_iso(text, ' ');
    return out << text;
}
std::ostream& operator<<(std::ostream& out, const Duration& span) { return out << Value::duration(span.microseconds).str(); }
std::ostream& operator<<(std::ostream& out, const Decimal& number) { return out << number.str(); }
std::ostream& operator<<(std::ostream& out, const Uuid& id) { return out << id.str(); }

}  // namespace nuages

std::size_t std::hash<nuages::Decimal>::operator()(const nuages::Decimal& number) const {
    if (number.is_zero()) return 0;  // 0, 0.00 and -0 are equal
    return std::hash<std::string>{}(number.normalized().str());
}
