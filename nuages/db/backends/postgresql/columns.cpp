#include <nuages/db/backends/postgresql/detail/columns.hpp>
#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/errors.hpp>

#include <algorithm>
#include <bit>
#include <charconv>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::int64_t kEpochDays = 10957;  // 2000-01-01, where PostgreSQL counts from
constexpr std::int64_t kEpochMicroseconds = kEpochDays * kMicrosecondsPerDay;
constexpr std::int64_t kLastMicrosecond = 253402300799999999;    // of the year 9999
constexpr std::int64_t kFirstMicrosecond = -62135596800000000;  // of the year 1

struct KnownType {
    std::uint32_t oid;
    ColumnCode code;
    bool binary;
};
// In the order of their OIDs (pg_type.dat).
constexpr KnownType kTypes[] = {
    {16, ColumnCode::boolean, true},  // bool
    {17, ColumnCode::bytea, true},
    {19, ColumnCode::text, true},  // name
    {20, ColumnCode::int8, true},
    {21, ColumnCode::int2, true},
    {23, ColumnCode::int4, true},
    {25, ColumnCode::text, true},
    {26, ColumnCode::oid, true},
    {114, ColumnCode::text, true},  // json
    {199, ColumnCode::array, true},  // json[]
    {651, ColumnCode::array, true},  // cidr[]
    {650, ColumnCode::inet, true},  // cidr
    {700, ColumnCode::float4, true},
    {701, ColumnCode::float8, true},
    {869, ColumnCode::inet, true},
    {1000, ColumnCode::array, true},  // bool[]
    {1001, ColumnCode::array, true},  // bytea[]
    {1005, ColumnCode::array, true},  // int2[]
    {1007, ColumnCode::array, true},  // int4[]
    {1009, ColumnCode::array, true},  // text[]
    {1014, ColumnCode::array, true},  // bpchar[]
    {1015, ColumnCode::array, true},  // varchar[]
    {1016, ColumnCode::array, true},  // int8[]
    {1021, ColumnCode::array, true},  // float4[]
    {1022, ColumnCode::array, true},  // float8[]
    {1041, ColumnCode::array, true},  // inet[]
    {1042, ColumnCode::text, true},  // bpchar
    {1043, ColumnCode::text, true},  // varchar
    {1082, ColumnCode::date, true},
    {1083, ColumnCode::time, true},
    {1114, ColumnCode::timestamp, true},
    {1115, ColumnCode::array, true},  // timestamp[]
    {1182, ColumnCode::array, true},  // date[]
    {1183, ColumnCode::array, true},  // time[]
    {1184, ColumnCode::timestamp, true},  // timestamptz
    {1185, ColumnCode::array, true},  // timestamptz[]
    {1186, ColumnCode::interval, true},
    {1187, ColumnCode::array, true},  // interval[]
    {1231, ColumnCode::array, true},  // numeric[]
    {1700, ColumnCode::numeric, true},
    {2278, ColumnCode::void_, true},
    {2950, ColumnCode::uuid, true},
    {2951, ColumnCode::array, true},  // uuid[]
    {3802, ColumnCode::jsonb, true},
    {3807, ColumnCode::array, true},  // jsonb[]
};

[[noreturn]] void malformed(const char* type) {
    throw InternalError(std::string("the server sent a malformed value of type ") + type);
}

void expect_size(std::string_view bytes, std::size_t size, const char* type) {
    if (bytes.size() != size) [[unlikely]]
        malformed(type);
}

/// Digits of base 10,000, most significant first; WEIGHT is the power of the first one.
std::string_view numeric_text(std::string_view bytes, Scratch& scratch) {
    if (bytes.size() < 8) malformed("numeric");
    const int count = read_u16(bytes.data());
    const int weight = static_cast<std::int16_t>(read_u16(bytes.data() + 2));
    const int sign = read_u16(bytes.data() + 4);
    const int scale = read_u16(bytes.data() + 6);
    if (sign == 0xc000) return "NaN";
    if (sign == 0xd000) return "Infinity";
    if (sign == 0xf000) return "-Infinity";
    if (bytes.size() != 8 + 2 * static_cast<std::size_t>(count) || scale > 16383) malformed("numeric");
    const auto digit = [&](int power) {  // the group of 10,000^power
        const int index = weight - power;
        return index >= 0 && index < count ? int{read_u16(bytes.data() + 8 + 2 * index)} : 0;
    };
    char* const begin = scratch.take(static_cast<std::size_t>(std::max(weight, 0) + 1) * 4 + static_cast<std::size_t>(scale) + 8);
    char* out = begin;
    if (sign == 0x4000) *out++ = '-';
    const auto put_group = [&](int group) {
        for (int unit = 1000; unit; unit /= 10) *out++ = static_cast<char>('0' + group / unit % 10);
    };
    if (weight < 0) {
        *out++ = '0';
    } else {
        out = std::to_chars(out, out + 5, digit(weight)).ptr;
        for (int power = weight - 1; power >= 0; --power) put_group(digit(power));
    }
    if (scale > 0) {
        *out++ = '.';
        char* const end = out + scale;
        for (int power = -1; out < end; --power) put_group(digit(power));
        out = end;
    }
    return {begin, static_cast<std::size_t>(out - begin)};
}

std::string_view uuid_text(std::string_view bytes, Scratch& scratch) {
    expect_size(bytes, 16, "uuid");
    constexpr const char* kHex = "0123456789abcdef";
    char* const begin = scratch.take(36);
    char* out = begin;
    for (std::size_t i = 0; i < 16; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
        const auto byte = static_cast<unsigned char>(bytes[i]);
        *out++ = kHex[byte >> 4];
        *out++ = kHex[byte & 15];
    }
    return {begin, 36};
}

/// RFC 5952: the longest run of zero groups, of two at least, becomes "::".
char* put_ipv6(char* out, std::string_view address) {
    int groups[8], best = -1, best_length = 1;
    for (int i = 0; i < 8; ++i) groups[i] = read_u16(address.data() + 2 * i);
    for (int i = 0; i < 8; ++i) {
        int length = 0;
        while (i + length < 8 && groups[i + length] == 0) ++length;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    // As the server prints them: an IPv4 address in the last 32 bits is shown as one.
    const bool maps_ipv4 = best == 0 && ((best_length == 5 && groups[5] == 0xffff) || best_length == 6);
    for (int i = 0; i < 8; ++i) {
        if (maps_ipv4 && i >= 6) break;
        if (i == best) {
            *out++ = ':';
            *out++ = ':';
            i += best_length - 1;
            continue;
        }
        if (i > 0 && i != best + best_length) *out++ = ':';
        if (i > 0 && best >= 0 && i == best + best_length && out[-1] != ':') *out++ = ':';
        out = std::to_chars(out, out + 4, groups[i], 16).ptr;
    }
    if (maps_ipv4) {
        if (out[-1] != ':') *out++ = ':';
        for (int i = 0; i < 4; ++i) {
            if (i) *out++ = '.';
            out = std::to_chars(out, out + 3, static_cast<int>(static_cast<unsigned char>(address[static_cast<std::size_t>(12 + i)]))).ptr;
        }
    }
    return out;
}

std::string_view inet_text(std::string_view bytes, Scratch& scratch) {
    if (bytes.size() < 4) malformed("inet");
    const bool v4 = bytes[0] == 2;
    const int bits = static_cast<unsigned char>(bytes[1]);
    const bool is_cidr = bytes[2] != 0;
    const std::string_view address = bytes.substr(4);
    expect_size(address, v4 ? 4 : 16, "inet");
    char* const begin = scratch.take(64);
    char* out = begin;
    if (v4) {
        for (int i = 0; i < 4; ++i) {
            if (i) *out++ = '.';
            out = std::to_chars(out, out + 3, static_cast<int>(static_cast<unsigned char>(address[static_cast<std::size_t>(i)]))).ptr;
        }
    } else {
        out = put_ipv6(out, address);
    }
    if (is_cidr || bits != (v4 ? 32 : 128)) {
        *out++ = '/';
        out = std::to_chars(out, out + 3, bits).ptr;
    }
    return {begin, static_cast<std::size_t>(out - begin)};
}

Cell timestamp_cell(std::int64_t since_2000) {
    const std::int64_t at = since_2000 > INT64_MAX - kEpochMicroseconds ? INT64_MAX : since_2000 + kEpochMicroseconds;
    if (at > kLastMicrosecond) throw DataError("timestamp too large (after year 10K)");
    if (at < kFirstMicrosecond) throw DataError("timestamp too small (before year 1)");
    return Cell::from_datetime(DateTime{at});
}

Cell date_cell(std::int32_t since_2000) {
    const std::int64_t days = since_2000 + kEpochDays;
    if (days > kLastMicrosecond / kMicrosecondsPerDay) throw DataError("date too large (after year 10K)");
    if (days < kFirstMicrosecond / kMicrosecondsPerDay) throw DataError("date too small (before year 1)");
    return Cell::from_date(Date{days});
}

// A Duration knows days only: a year has 365 of them and a month 30, as psycopg reads them.
Cell interval_cell(std::string_view bytes) {
    expect_size(bytes, 16, "interval");
    const std::int64_t months = read_i32(bytes.data() + 12);
    const std::int64_t days = read_i32(bytes.data() + 8) + months / 12 * 365 + months % 12 * 30;
    std::int64_t sum = 0;
    if (__builtin_mul_overflow(days, kMicrosecondsPerDay, &sum) || __builtin_add_overflow(sum, read_i64(bytes.data()), &sum))
        throw DataError("interval out of range");
    return Cell::from_duration(Duration{sum});
}

}  // namespace

Column column_of(std::uint32_t oid) {
    for (const KnownType& type : kTypes) {
        if (type.oid == oid) return {oid, type.code, type.binary};
    }
    return {oid, ColumnCode::text, false};
}

char* Scratch::take(std::size_t size) {
    if (size <= sizeof bytes_ - used_) {
        char* const at = bytes_ + used_;
        used_ += size;
        return at;
    }
    // A string's bytes move with it when they are few: these are many.
    return more_.emplace_back(std::max<std::size_t>(size, 64), '\0').data();
}

Cell read_cell(const Column& column, std::string_view bytes, Scratch& scratch) {
    switch (column.code) {
        case ColumnCode::int4: expect_size(bytes, 4, "integer"); return Cell::from_integer(read_i32(bytes.data()));
        case ColumnCode::int8: expect_size(bytes, 8, "bigint"); return Cell::from_integer(read_i64(bytes.data()));
        case ColumnCode::text: return Cell::from_text(bytes);
        case ColumnCode::boolean: expect_size(bytes, 1, "boolean"); return Cell::from_integer(bytes[0] != 0);
        case ColumnCode::int2:
            expect_size(bytes, 2, "smallint");
            return Cell::from_integer(static_cast<std::int16_t>(read_u16(bytes.data())));
        case ColumnCode::oid: expect_size(bytes, 4, "oid"); return Cell::from_integer(read_u32(bytes.data()));
        case ColumnCode::float4:
            expect_size(bytes, 4, "real");
            return Cell::from_real(static_cast<double>(std::bit_cast<float>(read_u32(bytes.data()))));
        case ColumnCode::float8:
            expect_size(bytes, 8, "double precision");
            return Cell::from_real(std::bit_cast<double>(read_u64(bytes.data())));
        case ColumnCode::numeric: return Cell::from_text(numeric_text(bytes, scratch));
        case ColumnCode::date: expect_size(bytes, 4, "date"); return date_cell(read_i32(bytes.data()));
        case ColumnCode::time:
            expect_size(bytes, 8, "time");
            // 24:00:00 has no Time: the last microsecond of the day is what it means to a reader.
            return Cell::from_time(Time{std::min(read_i64(bytes.data()), kMicrosecondsPerDay - 1)});
        case ColumnCode::timestamp: expect_size(bytes, 8, "timestamp"); return timestamp_cell(read_i64(bytes.data()));
        case ColumnCode::interval: return interval_cell(bytes);
        case ColumnCode::uuid: return Cell::from_text(uuid_text(bytes, scratch));
        case ColumnCode::jsonb:
            if (bytes.empty() || bytes[0] != 1) malformed("jsonb");
            return Cell::from_text(bytes.substr(1));
        case ColumnCode::bytea:
        case ColumnCode::array: return Cell::from_blob(bytes);
        case ColumnCode::inet: return Cell::from_text(inet_text(bytes, scratch));
        case ColumnCode::void_: return {};
    }
    return {};
}

// Dimensions, a flag, the OID of the items; per dimension its length and lower bound; then each item with its length.
void read_array(std::string_view bytes, FunctionRef<void(const Cell&)> item) {
    MessageIn in(bytes);
    const std::uint32_t dimensions = in.u32();
    in.u32();
    const Column column = column_of(in.u32());
    std::uint64_t count = dimensions ? 1 : 0;
    for (std::uint32_t i = 0; i < dimensions && !in.broken; ++i) {
        count *= in.u32();
        in.u32();
        if (count > bytes.size()) malformed("array");  // each item has four bytes at least
    }
    if (in.broken || dimensions > 6) malformed("array");
    Scratch scratch;
    for (; count > 0; --count) {
        const auto size = static_cast<std::int32_t>(in.u32());
        if (in.broken) malformed("array");
        if (size < 0) {
            item(Cell());
            continue;
        }
        const std::string_view value = in.bytes(static_cast<std::size_t>(size));
        if (in.broken) malformed("array");
        scratch.clear();
        item(column.code == ColumnCode::text && !column.binary ? Cell::from_text(value) : read_cell(column, value, scratch));
    }
}

}  // namespace nuages::db::postgresql::detail
