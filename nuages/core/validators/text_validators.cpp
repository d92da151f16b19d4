// Validators of texts: patterns, domain names, e-mail addresses, URLs, IP addresses.
#include <nuages/core/validators/validators.hpp>
#include <nuages/utils/ip.hpp>
#include <nuages/utils/regex.hpp>
#include <nuages/utils/url.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>

namespace nuages::validators {

namespace {

using utils::Regex;

std::size_t characters(std::string_view text) { return static_cast<std::size_t>(Value::borrow(text).size()); }

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

[[noreturn]] void refuse(const Options& options, std::string_view message, std::string_view code, const Value& value) {
    throw ValidationError(options.message.empty() ? std::string(message) : options.message,
                          options.code.empty() ? std::string(code) : options.code, {{"value", value}});
}

class PatternValidator final : public Validator {
public:
    PatternValidator(std::string_view pattern, unsigned flags, bool inverse, Options options, std::string_view message,
                     std::string_view name)
        : regex_(pattern, flags), inverse_(inverse), options_(std::move(options)), message_(message), name_(name) {}
    std::string_view name() const override { return name_; }
    void validate(const Value& value) const override {
        const std::string text = value.is_null() || value.is_missing() ? "None" : value.str();
        if (regex_.search(text) == inverse_) refuse(options_, message_, "invalid", value);
    }

private:
    Regex regex_;
    bool inverse_;
    Options options_;
    std::string_view message_, name_;
};

#define NUAGES_LETTERS "a-z\\x{a1}-\\x{ffff}"
constexpr std::string_view kHost = "[" NUAGES_LETTERS "0-9](?:[" NUAGES_LETTERS "0-9-]{0,61}[" NUAGES_LETTERS "0-9])?";
constexpr std::string_view kDomain = "(?:\\.(?!-)[" NUAGES_LETTERS "0-9-]{1,63}(?<!-))*";
constexpr std::string_view kTopLevel = "\\.(?!-)(?:[" NUAGES_LETTERS "-]{2,63}|xn--[a-z0-9]{1,59})(?<!-)";
constexpr std::string_view kAsciiName =
    "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\\.(?!-)[a-zA-Z0-9-]{1,63}(?<!-))*\\.(?!-)(?:[a-zA-Z0-9-]{2,63})(?<!-)\\.?\\Z";
#undef NUAGES_LETTERS

// END: what may follow the last label, "\\.?" for a fully qualified name.
std::string international_name(std::string_view end) {
    return std::string(kHost) + std::string(kDomain) + std::string(kTopLevel) + std::string(end);
}

class DomainValidator final : public Validator {
public:
    DomainValidator(bool accept_idna, Options options)
        : regex_(accept_idna ? "^" + international_name("\\.?\\Z") : std::string(kAsciiName), Regex::kIgnoreCase),
          accept_idna_(accept_idna),
          options_(std::move(options)) {}
    std::string_view name() const override { return "DomainNameValidator"; }
    void validate(const Value& value) const override {
        if (!value.is_string() || characters(value.as_text()) > 255 ||
            (!accept_idna_ && !is_ascii(value.as_text())) || !regex_.search(value.as_text()))
            refuse(options_, "Enter a valid domain name.", "invalid", value);
    }

private:
    Regex regex_;
    bool accept_idna_;
    Options options_;
};

class AddressValidator final : public Validator {
public:
    AddressValidator(Options options, std::vector<std::string> allowlist)
        : user_("(^[-!#$%&'*+/=?^_`{}|~0-9A-Z]+(\\.[-!#$%&'*+/=?^_`{}|~0-9A-Z]+)*\\Z"
                "|^\"([\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f!#-\\[\\]-\\x7f]|\\\\[\\x01-\\x09\\x0b\\x0c\\x0e-\\x7f])*\"\\Z)",
                Regex::kIgnoreCase),
          domain_("^" + international_name("\\Z"), Regex::kIgnoreCase),
          options_(std::move(options)),
          allowlist_(std::move(allowlist)) {}
    std::string_view name() const override { return "EmailValidator"; }
    void validate(const Value& value) const override {
        const std::string_view text = value.is_string() ? value.as_text() : std::string_view();
        const std::size_t at = text.rfind('@');
        const bool valid = at != text.npos && characters(text) <= 320 && user_.search(text.substr(0, at)) &&
                           is_domain(text.substr(at + 1));
        if (!valid) refuse(options_, "Enter a valid email address.", "invalid", value);
    }

private:
    bool is_domain(std::string_view domain) const {
        if (std::find(allowlist_.begin(), allowlist_.end(), domain) != allowlist_.end()) return true;
        if (domain_.search(domain)) return true;
        if (domain.size() < 3 || domain.front() != '[' || domain.back() != ']') return false;
        const std::string_view address = domain.substr(1, domain.size() - 2);
        if (address.find_first_not_of("0123456789abcdefABCDEF:.") != address.npos) return false;
        return utils::is_valid_ipv4_address(address) || utils::is_valid_ipv6_address(address);
    }
    Regex user_, domain_;
    Options options_;
    std::vector<std::string> allowlist_;
};

std::string url_pattern() {
    constexpr std::string_view kByte = "(?:0|25[0-5]|2[0-4][0-9]|1[0-9]?[0-9]?|[1-9][0-9]?)";
    std::string address(kByte);
    address += "(?:\\.";
    address += kByte;
    address += "){3}";
    return "^(?:[a-z0-9.+-]*)://(?:[^\\s:@/]+(?::[^\\s:@/]*)?@)?(?:" + address + "|\\[[0-9a-f:.]+\\]|(" +
           international_name("\\.?") + "|localhost))(?::[0-9]{1,5})?(?:[/?#][^\\s]*)?\\Z";
}

class UrlValidator final : public Validator {
public:
    UrlValidator(std::vector<std::string> schemes, Options options)
        : regex_(url_pattern(), Regex::kIgnoreCase), schemes_(std::move(schemes)), options_(std::move(options)) {}
    std::string_view name() const override { return "URLValidator"; }
    void validate(const Value& value) const override {
        if (!value.is_string() || !is_url(value.as_text())) refuse(options_, "Enter a valid URL.", "invalid", value);
    }

private:
    bool is_url(std::string_view text) const {
        if (characters(text) > 2048 || text.find_first_of("\t\r\n") != text.npos) return false;
        std::string scheme(text.substr(0, text.find("://")));
        for (char& c : scheme) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        if (std::find(schemes_.begin(), schemes_.end(), scheme) == schemes_.end()) return false;
        const auto parts = utils::urlsplit(text);
        if (!parts || !regex_.search(text)) return false;
        if (const std::string& netloc = parts->netloc; netloc.starts_with('[')) {
            const std::size_t close = netloc.rfind(']');
            if (close != netloc.npos && !utils::is_valid_ipv6_address(std::string_view(netloc).substr(1, close - 1)))
                return false;
        }
        const std::string host = parts->hostname();
        return !host.empty() && characters(host) <= 253;
    }
    Regex regex_;
    std::vector<std::string> schemes_;
    Options options_;
};

class IpValidator final : public Validator {
public:
    IpValidator(std::string_view name, std::string_view protocol, bool four, bool six)
        : name_(name), protocol_(protocol), four_(four), six_(six) {}
    std::string_view name() const override { return name_; }
    void validate(const Value& value) const override {
        const std::string text = value.str();
        if ((four_ && utils::is_valid_ipv4_address(text)) || (six_ && utils::is_valid_ipv6_address(text))) return;
        throw ValidationError("Enter a valid %(protocol)s address.", "invalid",
                              {{"protocol", Value(protocol_)}, {"value", value}});
    }

private:
    std::string_view name_, protocol_;
    bool four_, six_;
};

ValidatorRef pattern(std::string_view regex, std::string_view message, std::string_view name, Options options = {}) {
    return ValidatorRef(new PatternValidator(regex, Regex::kNone, false, std::move(options), message, name));
}

}  // namespace

ValidatorRef RegexValidator(std::string_view regex, Options options, bool inverse_match, unsigned flags) {
    return ValidatorRef(
        new PatternValidator(regex, flags, inverse_match, std::move(options), "Enter a valid value.", "RegexValidator"));
}
ValidatorRef DomainNameValidator(bool accept_idna, Options options) {
    return ValidatorRef(new DomainValidator(accept_idna, std::move(options)));
}
ValidatorRef EmailValidator(Options options, std::vector<std::string> allowlist) {
    return ValidatorRef(new AddressValidator(std::move(options), std::move(allowlist)));
}
ValidatorRef URLValidator(std::vector<std::string> schemes, Options options) {
    return ValidatorRef(new UrlValidator(std::move(schemes), std::move(options)));
}
ValidatorRef int_list_validator(std::string_view separator, Options options, bool allow_negative) {
    std::string escaped;
    for (const char c : separator) (escaped += '\\') += c;
    const std::string number = allow_negative ? "(-)?\\d+" : "\\d+";
    const bool commas = separator == "," && !allow_negative && options.message.empty();
    return pattern("^" + number + "(?:" + escaped + number + ")*\\Z",
                   commas ? "Enter only digits separated by commas." : "Enter a valid value.", "int_list_validator",
                   std::move(options));
}

const ValidatorRef& validate_integer() {
    static const ValidatorRef made = pattern("^-?\\d+\\Z", "Enter a valid integer.", "validate_integer");
    return made;
}
const ValidatorRef& validate_email() {
    static const ValidatorRef made = EmailValidator();
    return made;
}
const ValidatorRef& validate_domain_name() {
    static const ValidatorRef made = DomainNameValidator();
    return made;
}
const ValidatorRef& validate_url() {
    static const ValidatorRef made = URLValidator();
    return made;
}
const ValidatorRef& validate_slug() {
    static const ValidatorRef made =
        pattern("^[-a-zA-Z0-9_]+\\Z",
                "Enter a valid \xe2\x80\x9cslug\xe2\x80\x9d consisting of letters, numbers, underscores or hyphens.",
                "validate_slug");
    return made;
}
const ValidatorRef& validate_unicode_slug() {
    static const ValidatorRef made = pattern(
        "^[-\\w]+\\Z",
        "Enter a valid \xe2\x80\x9cslug\xe2\x80\x9d consisting of Unicode letters, numbers, underscores, or hyphens.",
        "validate_unicode_slug");
    return made;
}
const ValidatorRef& validate_ipv4_address() {
    static const ValidatorRef made(new IpValidator("validate_ipv4_address", "IPv4", true, false));
    return made;
}
const ValidatorRef& validate_ipv6_address() {
    static const ValidatorRef made(new IpValidator("validate_ipv6_address", "IPv6", false, true));
    return made;
}
const ValidatorRef& validate_ipv46_address() {
    static const ValidatorRef made(new IpValidator("validate_ipv46_address", "IPv4 or IPv6", true, true));
    return made;
}
const ValidatorRef& validate_comma_separated_integer_list() {
    static const ValidatorRef made = int_list_validator();
    return made;
}

}  // namespace nuages::validators
