// Parameters on the wire. Types are named as a literal's would be: an integer is an int4 when it fits and an int8 when
// not, a float a float8; text has no type of its own and takes the one that its place asks for, so that it can be
// compared to a uuid, an inet or a date.
#include <nuages/db/backends/postgresql/detail/protocol.hpp>
#include <nuages/db/backends/postgresql/detail/statements.hpp>
#include <nuages/db/errors.hpp>

#include <bit>

namespace nuages::db::postgresql::detail {

namespace {

constexpr std::int64_t kEpochDays = 10957;  // 2000-01-01
constexpr std::int64_t kDayMin = -719162, kDayMax = 2932896;  // the years 1 to 9999

char code_of(const Param& param) {
    switch (param.kind()) {
        case ParamKind::null:
        case ParamKind::text: return '?';
        case ParamKind::boolean: return 'b';
        case ParamKind::integer: return param.integer() == static_cast<std::int32_t>(param.integer()) ? '4' : '8';
        case ParamKind::real: return 'r';
        case ParamKind::blob: return 'y';
        case ParamKind::date: return 'd';
        case ParamKind::time: return 't';
        case ParamKind::datetime: return 'z';
        case ParamKind::duration: return 'i';
        case ParamKind::decimal: return 'n';
        case ParamKind::uuid: return 'u';
        case ParamKind::json: return 'j';
    }
    return '?';
}

std::uint32_t oid_of(char code) {
    switch (code) {
        case 'b': return 16;
        case '4': return 23;
        case '8': return 20;
        case 'r': return 701;
        case 'y': return 17;
        case 'd': return 1082;
        case 't': return 1083;
        case 'z': return 1184;
        case 'i': return 1186;
        case 'n': return 1700;
        case 'u': return 2950;
        case 'j': return 3802;
        case 'T': return 25;
        default: return 0;
    }
}

bool is_text_format(char code) { return code == '?' || code == 'T' || code == 'n' || code == 'u' || code == 'j'; }

void check_day(std::int64_t day) {
    if (day < kDayMin || day > kDayMax) throw DataError("date out of range: the years 1 to 9999 can be stored");
}

void put_text(std::string& out, std::string_view text) {
    if (text.find('\0') != std::string_view::npos)
        throw DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes");
    put_u32(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void put_value(std::string& out, char code, const Param& param) {
    switch (param.kind()) {
        case ParamKind::null: put_u32(out, 0xffffffff); return;
        case ParamKind::boolean:
            put_u32(out, 1);
            out += static_cast<char>(param.integer());
            return;
        case ParamKind::integer:
            if (code == '4') {
                put_u32(out, 4);
                put_u32(out, static_cast<std::uint32_t>(param.integer()));
            } else {
                put_u32(out, 8);
                put_u64(out, static_cast<std::uint64_t>(param.integer()));
            }
            return;
        case ParamKind::real:
            put_u32(out, 8);
            put_u64(out, std::bit_cast<std::uint64_t>(param.real()));
            return;
        case ParamKind::blob:
            put_u32(out, static_cast<std::uint32_t>(param.text().size()));
            out.append(param.text());
            return;
        case ParamKind::date:
            check_day(param.integer());
            put_u32(out, 4);
            put_u32(out, static_cast<std::uint32_t>(param.integer() - kEpochDays));
            return;
        case ParamKind::time:
            put_u32(out, 8);
            put_u64(out, static_cast<std::uint64_t>(param.integer()));
            return;
        case ParamKind::datetime:
            check_day(DateTime{param.integer()}.date().days);
            put_u32(out, 8);
            put_u64(out, static_cast<std::uint64_t>(param.integer() - kEpochDays * kMicrosecondsPerDay));
            return;
        case ParamKind::duration:
            // As Python's timedelta has it: days of 24 hours, and the rest.
            put_u32(out, 16);
            put_u64(out, static_cast<std::uint64_t>(param.integer() % kMicrosecondsPerDay));
            put_u32(out, static_cast<std::uint32_t>(param.integer() / kMicrosecondsPerDay));
            put_u32(out, 0);
            return;
        case ParamKind::text:
        case ParamKind::decimal:
        case ParamKind::uuid:
        case ParamKind::json: put_text(out, param.text()); return;
    }
}

}  // namespace

void append_signature(Signature& out, std::span<const Param> params) {
    for (const Param& param : params) out += code_of(param);
}

bool fits(std::string_view signature, std::span<const Param> params) {
    if (signature.size() != params.size()) return false;
    for (std::size_t i = 0; i < params.size(); ++i) {
        if (params[i].is_null()) continue;
        const char code = code_of(params[i]);
        if (code != signature[i] && !(code == '4' && signature[i] == '8') && !(code == '?' && signature[i] == 'T'))
            return false;
    }
    return true;
}

void put_types(std::string& out, std::string_view signature) {
    put_u16(out, static_cast<std::uint16_t>(signature.size()));
    for (const char code : signature) put_u32(out, oid_of(code));
}

void put_formats(std::string& out, std::string_view signature) {
    put_u16(out, static_cast<std::uint16_t>(signature.size()));
    for (const char code : signature) put_u16(out, is_text_format(code) ? 0 : 1);
}

void put_values(std::string& out, std::string_view signature, std::span<const Param> params) {
    put_u16(out, static_cast<std::uint16_t>(params.size()));
    for (std::size_t i = 0; i < params.size(); ++i) put_value(out, signature[i], params[i]);
}

}  // namespace nuages::db::postgresql::detail
