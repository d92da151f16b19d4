#include <nuages/db/errors.hpp>
#include <nuages/db/models/stored.hpp>

#include <algorithm>
#include <cstdio>

namespace nuages::db::models {

namespace {

constexpr int kDigitsOfDouble = 15;

Decimal of_double(double value) {
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%.*e", kDigitsOfDouble - 1, value);
    const auto number = Decimal::parse(buffer);
    if (!number) throw DataError("a decimal column holds no finite number");
    const Decimal shorter = number->normalized();
    return shorter.exponent() > 0 ? shorter.quantize(0, Rounding::half_even, 400) : shorter;
}

}  // namespace

Decimal read_decimal(const Cell& cell, int places) {
    Decimal number;
    switch (cell.kind()) {
        case CellKind::integer: number = Decimal(cell.integer()); break;
        case CellKind::real: number = of_double(cell.real()); break;
        default: {
            const auto parsed = Decimal::parse(cell.text());
            if (!parsed) throw DataError("a decimal column holds '" + std::string(cell.text().substr(0, 60)) + "'");
            number = *parsed;
        }
    }
    if (places < 0 || number.exponent() == -places) return number;
    // More digits than a result of arithmetic may have are still those that were stored.
    return number.quantize(-places, Rounding::half_even, std::max(Decimal::kPrecision, number.digit_count() + places + 1));
}

std::string hex_of_uuid(const Cell& cell) {
    const std::string_view text = cell.text();
    std::string digits;
    if (cell.kind() == CellKind::blob && text.size() == 16) {
        constexpr char kDigits[] = "0123456789abcdef";
        for (const char c : text) {
            digits += kDigits[static_cast<unsigned char>(c) >> 4];
            digits += kDigits[static_cast<unsigned char>(c) & 15];
        }
        return digits;
    }
    if (cell.kind() != CellKind::text) throw DataError("a UUID column holds neither text nor sixteen bytes");
    for (const char c : text) {
        if (c != '-') digits += c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    }
    return digits;
}

}  // namespace nuages::db::models
