// What the validators say; what they accept is held by the recorded cases (tests/conformance/validators.cpp).
#include <nuages/core/validators/validators.hpp>

#include <gtest/gtest.h>

namespace nuages::validators {
namespace {

std::string said(const ValidatorRef& validator, const Value& value) {
    try {
        validator->validate(value);
        return "valid";
    } catch (const ValidationError& error) {
        return error.items().front().code + ": " + error.items().front().text();
    }
}

TEST(Validators, SayWhatIsWrongInDjangosWords) {
    EXPECT_EQ(said(MaxValueValidator(10), 11), "max_value: Ensure this value is less than or equal to 10.");
    EXPECT_EQ(said(MinValueValidator(1), 0), "min_value: Ensure this value is greater than or equal to 1.");
    EXPECT_EQ(said(MaxLengthValidator(3), "four"), "max_length: Ensure this value has at most 3 characters (it has 4).");
    EXPECT_EQ(said(MinLengthValidator(1), ""), "min_length: Ensure this value has at least 1 character (it has 0).");
    EXPECT_EQ(said(DecimalValidator(4, 2), Value::decimal("1.234")),
              "max_decimal_places: Ensure that there are no more than 2 decimal places.");
    EXPECT_EQ(said(validate_email(), "x"), "invalid: Enter a valid email address.");
    EXPECT_EQ(said(RegexValidator("^a+\\Z", {.message = "Only a.", .code = "a"}), "b"), "a: Only a.");
}

std::string repeated(std::string_view piece, std::size_t bytes) {
    std::string text;
    while (text.size() < bytes) text += piece;
    return text;
}

// Work in squares on this would not end within the suite's limit.
TEST(Security64, ValidatorsLookAtTheLengthFirst) {
    for (const char* piece : {"a.", "a", ":", "1.", "1:", "-", "@", "a@a.", "http://", "[::1]", "\xc3\xa4", "%25", "xn--a."}) {
        const std::string text = repeated(piece, 200'000), labels = repeated(piece, 5'000);
        for (const ValidatorRef& validator :
             {validate_email(), validate_url(), validate_domain_name(), validate_ipv4_address(), validate_ipv6_address(),
              validate_ipv46_address(), validate_integer(), validate_comma_separated_integer_list()}) {
            for (const std::string& start : {std::string(), std::string("http://"), std::string("a@"), std::string("http://[")})
                EXPECT_NE(said(validator, Value(start + text)), "valid") << validator->name() << " " << start << piece;
            said(validator, Value("http://" + labels));
            said(validator, Value("a@" + labels));
        }
        said(validate_slug(), Value(text));
        said(validate_unicode_slug(), Value(text));
    }
}

TEST(Validators, AcceptWhatIsRight) {
    EXPECT_EQ(said(validate_email(), "ada@example.org"), "valid");
    EXPECT_EQ(said(validate_url(), "https://example.org/a?b#c"), "valid");
    EXPECT_EQ(said(validate_url(), "javascript:alert(1)"), "invalid: Enter a valid URL.");
    EXPECT_EQ(said(validate_slug(), "a-b_c"), "valid");
    EXPECT_EQ(said(validate_slug(), "a b").substr(0, 8), "invalid:");
    EXPECT_EQ(said(StepValueValidator(3, 1), 7), "valid");
    EXPECT_EQ(said(FileExtensionValidator({"PDF"}), "a.pdf"), "valid");
    EXPECT_EQ(said(ProhibitNullCharactersValidator(), std::string("a\0b", 3)),
              "null_characters_not_allowed: Null characters are not allowed.");
}

TEST(Validators, HostileTextsCostLittle) {
    const std::string many(200'000, 'a');
    EXPECT_EQ(said(validate_url(), "http://" + many), "invalid: Enter a valid URL.");
    EXPECT_EQ(said(validate_email(), many + "@" + many), "invalid: Enter a valid email address.");
    std::string dots;
    for (int i = 0; i < 300; ++i) dots += "a-";
    EXPECT_NE(said(validate_url(), "http://" + dots + "!"), "valid");
}

TEST(ValidationError, CollectsErrorsByField) {
    ValidationError::Fields errors;
    ValidationError("Enter a %(what)s.", "invalid", {{"what", Value("date")}}).update_error_dict(errors, "born");
    ValidationError("Both are needed.").update_error_dict(errors);
    ValidationError("Not this one.").update_error_dict(errors, "born");
    const ValidationError all(errors);
    ASSERT_EQ(all.fields().size(), 2u);
    EXPECT_EQ(all.fields()[0].second.size(), 2u);
    EXPECT_EQ(all.fields()[1].first, NON_FIELD_ERRORS);
    EXPECT_EQ(all.messages(), (std::vector<std::string>{"Enter a date.", "Not this one.", "Both are needed."}));
    EXPECT_STREQ(all.what(), "born: Enter a date. Not this one. __all__: Both are needed.");
}

}  // namespace
}  // namespace nuages::validators
