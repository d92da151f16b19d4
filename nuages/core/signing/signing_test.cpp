#include <nuages/core/signing/signing.hpp>
#include <nuages/utils/datetime.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

DateTime clock_at;

class Signing : public testing::Test {
protected:
    Signing() {
        clock_at = DateTime::from_ymdhms(2026, 3, 15, 14, 30, 45);
        timezone::set_clock([] { return clock_at; });
        signing::set_secret_keys("django_tests_secret_key");
    }
    ~Signing() override {
        timezone::set_clock(nullptr);
        signing::set_secret_keys({});
    }
};

TEST_F(Signing, GivesDjangosSignatures) {
    EXPECT_EQ(signing::Signer({.key = "predictable-secret"}).sign("hello"),
              "hello:T8oWtiMIRTzcoR3NRO-2PQNf5dTweZy0EL25Kt6lUo0");
    EXPECT_EQ(signing::get_cookie_signer("cone").sign("hello"),
              "hello:1w1mUP:eLMVppuEHopBsIqtAYO7ol1HqIlGm1ow4tZxewIvafQ");
    EXPECT_EQ(signing::dumps("null", {.key = "k"}), "bnVsbA:1w1mUP:oDvxNfgXv5vutmp1Dq4UyanHYv5phlbWKd0g0_PFdYY");
}

TEST_F(Signing, ReturnsWhatWasSignedAndRefusesTheRest) {
    const signing::Signer signer;
    for (const char* value : {"", "a", "a:b:", "\xc3\xa9", "two\nlines"}) EXPECT_EQ(signer.unsign(signer.sign(value)), value);
    std::string changed = signer.sign("pay 10");
    changed.replace(4, 2, "99");
    EXPECT_THROW(signer.unsign(changed), signing::BadSignature);
    EXPECT_THROW(signer.unsign("no separator"), signing::BadSignature);
    EXPECT_THROW(signing::Signer({.salt = "other"}).unsign(signer.sign("a")), signing::BadSignature);
    EXPECT_THROW(signing::Signer({.sep = "-"}), Error);
    EXPECT_THROW(signing::Signer({.sep = ""}), Error);
}

TEST_F(Signing, FormerKeysAreAcceptedButDoNotSign) {
    const std::string old = signing::Signer().sign("a");
    signing::set_secret_keys("new", {"django_tests_secret_key"});
    EXPECT_EQ(signing::Signer().unsign(old), "a");
    EXPECT_NE(signing::Signer().sign("a"), old);
    signing::set_secret_keys("new");
    EXPECT_THROW(signing::Signer().unsign(old), signing::BadSignature);
    signing::set_secret_keys({});
    EXPECT_THROW(signing::Signer(), ImproperlyConfigured);
}

TEST_F(Signing, ASignatureHasAnAge) {
    const signing::TimestampSigner signer;
    const std::string made = signer.sign("a");
    clock_at = clock_at + seconds(100);
    EXPECT_EQ(signer.unsign(made), "a");
    EXPECT_EQ(signer.unsign(made, seconds(100)), "a");
    try {
        signer.unsign(made, seconds(60));
        FAIL();
    } catch (const signing::SignatureExpired& error) {
        EXPECT_EQ(error.message(), "Signature age 100.0 > 60 seconds");
    }
    // A plain signer's value has no time, whatever its salt.
    EXPECT_THROW(signer.unsign(signing::Signer({.salt = "django.core.signing.TimestampSigner"}).sign("a")), signing::BadSignature);
}

TEST_F(Signing, ObjectsArePackedWhenThatIsShorter) {
    const std::string json = R"({"a":")" + std::string(500, 'x') + "\xc3\xa9\xf0\x9f\x98\x80\"}";
    const std::string plain = signing::dumps(json), shorter = signing::dumps(json, {.compress = true});
    EXPECT_TRUE(shorter.starts_with('.'));
    EXPECT_LT(shorter.size(), plain.size() / 3);
    const std::string escaped = R"({"a":")" + std::string(500, 'x') + R"(\u00e9\ud83d\ude00"})";
    EXPECT_EQ(signing::loads(plain), escaped);
    EXPECT_EQ(signing::loads(shorter), escaped);
    EXPECT_FALSE(signing::dumps("1", {.compress = true}).starts_with('.'));
}

TEST_F(Signing, ABombUnpacksToALimit) {
    const std::string bomb = signing::dumps("\"" + std::string(signing::kObjectBytesMax + 1, ' ') + "\"", {.compress = true});
    EXPECT_THROW(signing::loads(bomb), signing::BadSignature);
}

TEST(Base62, IsDjangos) {
    for (const auto& [number, text] : {std::pair{std::int64_t{0}, "0"}, {61, "z"}, {62, "10"}, {-63, "-11"}, {1773585045, "1w1mUP"}}) {
        EXPECT_EQ(signing::b62_encode(number), text);
        EXPECT_EQ(signing::b62_decode(text), number);
    }
    for (const char* wrong : {"", "-", "a b", "zzzzzzzzzzzzzzzz"}) EXPECT_FALSE(signing::b62_decode(wrong)) << wrong;
}

}  // namespace
