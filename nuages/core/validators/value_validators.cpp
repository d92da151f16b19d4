// Validators of numbers, lengths and file names.
#include <nuages/core/validators/validators.hpp>
#include <nuages/utils/decimal.hpp>

#include <algorithm>
#include <cmath>

namespace nuages::validators {

namespace {

Value called(const Value& value) { return value.kind() == ValueKind::callable ? value.call() : value; }

std::string chosen(const std::string& given, std::string_view otherwise) {
    return given.empty() ? std::string(otherwise) : given;
}

class LimitValidator final : public Validator {
public:
    LimitValidator(Value limit, bool most, Options options)
        : limit_(std::move(limit).persistent()), most_(most), options_(std::move(options)) {}
    std::string_view name() const override { return most_ ? "MaxValueValidator" : "MinValueValidator"; }
    void validate(const Value& value) const override {
        const Value limit = called(limit_);
        const int order = value.compare(limit);
        if (order == 0 || order == (most_ ? -1 : 1)) return;
        throw ValidationError(
            chosen(options_.message, most_ ? "Ensure this value is less than or equal to %(limit_value)s."
                                           : "Ensure this value is greater than or equal to %(limit_value)s."),
            chosen(options_.code, most_ ? "max_value" : "min_value"),
            {{"limit_value", limit}, {"show_value", value}, {"value", value}});
    }
    Value limit() const override { return called(limit_); }

private:
    Value limit_;
    bool most_;
    Options options_;
};

class LengthValidator final : public Validator {
public:
    LengthValidator(std::int64_t limit, bool most, Options options)
        : limit_(limit), most_(most), options_(std::move(options)) {}
    std::string_view name() const override { return most_ ? "MaxLengthValidator" : "MinLengthValidator"; }
    void validate(const Value& value) const override {
        const std::int64_t length = value.size();
        if (most_ ? length <= limit_ : length >= limit_) return;
        const std::string message = std::string("Ensure this value has at ") + (most_ ? "most" : "least") +
                                    (limit_ == 1 ? " %(limit_value)d character (it has %(show_value)d)."
                                                 : " %(limit_value)d characters (it has %(show_value)d).");
        throw ValidationError(chosen(options_.message, message),
                              chosen(options_.code, most_ ? "max_length" : "min_length"),
                              {{"limit_value", Value(limit_)}, {"show_value", Value(length)}, {"value", value}});
    }

private:
    std::int64_t limit_;
    bool most_;
    Options options_;
};

Decimal number_of(const Value& value) {
    switch (value.kind()) {
        case ValueKind::boolean:
        case ValueKind::integer: return Decimal(value.as_integer());
        case ValueKind::real: return Decimal::from_double(value.as_real());
        case ValueKind::decimal:
        case ValueKind::string: return Decimal(value.as_text());
        default: throw DecimalError("not a number");
    }
}

// As Python adds the two: exact numbers stay exact, a float makes a float.
Value sum(const Value& a, const Value& b) {
    if (a.kind() == ValueKind::real || b.kind() == ValueKind::real)
        return Value(number_of(a).to_double() + number_of(b).to_double());
    const Decimal total = number_of(a) + number_of(b);
    if (a.kind() == ValueKind::integer && b.kind() == ValueKind::integer) {
        if (const auto whole = total.to_integer()) return Value(*whole);
    }
    return Value::decimal(total.str());
}

class StepValidator final : public Validator {
public:
    StepValidator(Value limit, Value offset, Options options)
        : limit_(std::move(limit).persistent()), offset_(std::move(offset).persistent()), options_(std::move(options)) {}
    std::string_view name() const override { return "StepValueValidator"; }
    void validate(const Value& value) const override {
        const Value limit = called(limit_);
        if (fits(value, limit)) return;
        const std::string code = chosen(options_.code, "step_size");
        if (offset_.is_null()) {
            throw ValidationError(
                chosen(options_.message, "Ensure this value is a multiple of step size %(limit_value)s."), code,
                {{"limit_value", limit}, {"show_value", value}, {"value", value}});
        }
        const Value twice = sum(limit, limit);
        throw ValidationError(
            chosen(options_.message,
                   "Ensure this value is a multiple of step size %(limit_value)s, starting from %(offset)s, e.g. "
                   "%(offset)s, %(valid_value1)s, %(valid_value2)s, and so on."),
            code, {{"limit_value", limit}, {"offset", offset_}, {"valid_value1", sum(offset_, limit)}, {"valid_value2", sum(offset_, twice)}});
    }

private:
    bool fits(const Value& value, const Value& limit) const {
        const auto exact = [](const Value& number) {
            return number.kind() == ValueKind::decimal || number.kind() == ValueKind::integer;
        };
        double from = number_of(value).to_double();
        if (!offset_.is_null()) {
            from = exact(value) && exact(offset_) ? (number_of(value) - number_of(offset_)).to_double()
                                                  : from - number_of(offset_).to_double();
        }
        return std::abs(std::remainder(from, number_of(limit).to_double())) <= 1e-9;
    }
    Value limit_, offset_;
    Options options_;
};

class DigitsValidator final : public Validator {
public:
    DigitsValidator(int max_digits, int decimal_places) : max_digits_(max_digits), places_(decimal_places) {}
    std::string_view name() const override { return "DecimalValidator"; }
    void validate(const Value& value) const override {
        std::optional<Decimal> number;
        try {
            number = number_of(value);
        } catch (const DecimalError&) {
            throw ValidationError("Enter a number.", "invalid", {{"value", value}});
        }
        const int exponent = number->exponent();
        int digits = number->digit_count(), places = 0;
        if (exponent >= 0) {
            if (!number->is_zero()) digits += exponent;
        } else {
            places = -exponent;
            digits = std::max(digits, places);
        }
        if (max_digits_ >= 0 && digits > max_digits_)
            refuse("digit", " in total.", "max_digits", max_digits_, value);
        if (places_ >= 0 && places > places_) refuse("decimal place", ".", "max_decimal_places", places_, value);
        if (max_digits_ >= 0 && places_ >= 0 && digits - places > max_digits_ - places_)
            refuse("digit", " before the decimal point.", "max_whole_digits", max_digits_ - places_, value);
    }

private:
    [[noreturn]] static void refuse(std::string what, std::string_view tail, std::string code, int most,
                                    const Value& value) {
        if (most != 1) what += 's';
        throw ValidationError("Ensure that there are no more than %(max)s " + what + std::string(tail), std::move(code),
                              {{"max", Value(most)}, {"value", value}});
    }
    int max_digits_, places_;
};

class ExtensionValidator final : public Validator {
public:
    ExtensionValidator(std::vector<std::string> allowed, Options options)
        : allowed_(std::move(allowed)), options_(std::move(options)) {
        for (std::string& extension : allowed_) extension = lower(extension);
    }
    std::string_view name() const override { return "FileExtensionValidator"; }
    void validate(const Value& value) const override {
        const std::string file = value.is_string() ? std::string(value.as_text()) : value.get("name").str();
        std::string_view base = file;
        if (const auto slash = base.rfind('/'); slash != base.npos) base.remove_prefix(slash + 1);
        const std::size_t begin = std::min(base.find_first_not_of('.'), base.size());
        const std::size_t dot = base.rfind('.');
        const std::string extension =
            dot == base.npos || dot < begin ? std::string() : lower(std::string(base.substr(dot + 1)));
        if (std::find(allowed_.begin(), allowed_.end(), extension) != allowed_.end()) return;
        std::string all;
        for (const std::string& one : allowed_) all += (all.empty() ? "" : ", ") + one;
        throw ValidationError(
            chosen(options_.message,
                   "File extension \xe2\x80\x9c%(extension)s\xe2\x80\x9d is not allowed. Allowed extensions are: "
                   "%(allowed_extensions)s."),
            chosen(options_.code, "invalid_extension"),
            {{"extension", Value(extension)}, {"allowed_extensions", Value(all)}, {"value", value}});
    }

private:
    static std::string lower(std::string text) {
        for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return text;
    }
    std::vector<std::string> allowed_;
    Options options_;
};

class NullValidator final : public Validator {
public:
    explicit NullValidator(Options options) : options_(std::move(options)) {}
    std::string_view name() const override { return "ProhibitNullCharactersValidator"; }
    void validate(const Value& value) const override {
        if (value.str().find('\0') == std::string::npos) return;
        throw ValidationError(chosen(options_.message, "Null characters are not allowed."),
                              chosen(options_.code, "null_characters_not_allowed"), {{"value", value}});
    }

private:
    Options options_;
};

}  // namespace

Value Validator::limit() const { return nullptr; }

ValidatorRef MaxValueValidator(Value limit, Options options) {
    return ValidatorRef(new LimitValidator(std::move(limit), true, std::move(options)));
}
ValidatorRef MinValueValidator(Value limit, Options options) {
    return ValidatorRef(new LimitValidator(std::move(limit), false, std::move(options)));
}
ValidatorRef StepValueValidator(Value limit, Value offset, Options options) {
    return ValidatorRef(new StepValidator(std::move(limit), std::move(offset), std::move(options)));
}
ValidatorRef MaxLengthValidator(std::int64_t limit, Options options) {
    return ValidatorRef(new LengthValidator(limit, true, std::move(options)));
}
ValidatorRef MinLengthValidator(std::int64_t limit, Options options) {
    return ValidatorRef(new LengthValidator(limit, false, std::move(options)));
}
ValidatorRef DecimalValidator(int max_digits, int decimal_places) {
    return ValidatorRef(new DigitsValidator(max_digits, decimal_places));
}
ValidatorRef FileExtensionValidator(std::vector<std::string> allowed, Options options) {
    return ValidatorRef(new ExtensionValidator(std::move(allowed), std::move(options)));
}
ValidatorRef ProhibitNullCharactersValidator(Options options) {
    return ValidatorRef(new NullValidator(std::move(options)));
}
const ValidatorRef& validate_image_file_extension() {
    static const ValidatorRef made = FileExtensionValidator({"bmp", "gif", "jpeg", "jpg", "png", "tif", "tiff", "webp"});
    return made;
}

}  // namespace nuages::validators
