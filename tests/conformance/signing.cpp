// Signed values, tokens and cookies, as django.core.signing and django.middleware.csrf make them.
#include "runner.hpp"

#include <nuages/core/signing/signing.hpp>
#include <nuages/http/request_builder.hpp>
#include <nuages/http/response.hpp>
#include <nuages/middleware/csrf.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/crypto.hpp>
#include <nuages/utils/datetime.hpp>
#include <nuages/utils/value.hpp>

#include <optional>

namespace nuages::conformance {
namespace {

DateTime clock_at;

std::string field(const Case& one, std::string_view name, std::string otherwise = {}) {
    return one.has(name) ? text(one.at(name)) : std::move(otherwise);
}

signing::SignerOptions signer_of(const Case& one) {
    signing::SignerOptions options;
    if (!one.has("signer")) return options;
    const json::object& given = one.at("signer").as_object();
    const auto set = [&](const char* name, std::string& to) {
        if (given.contains(name)) to = text(given.at(name));
    };
    set("key", options.key);
    set("sep", options.sep);
    set("salt", options.salt);
    set("algorithm", options.algorithm);
    if (given.contains("salt") && options.salt.empty()) throw Skip("an empty salt stands for the class's own");
    if (given.contains("fallback_keys")) {
        options.fallback_keys.emplace();
        for (const json::value& key : given.at("fallback_keys").as_array()) options.fallback_keys->push_back(text(key));
    }
    return options;
}

std::optional<Duration> max_age_of(const Case& one) {
    if (!one.has("max_age") || one.at("max_age").is_null()) return std::nullopt;
    const json::value& age = one.at("max_age");
    if (age.is_object()) return Duration{integer(age.at("microseconds_total"))};
    return Duration{static_cast<std::int64_t>(age.to_number<double>() * 1e6)};
}

void set_keys(const Case& one) {
    signing::set_secret_keys({});
    if (!one.has("settings")) return;
    std::vector<std::string> fallbacks;
    const json::object& settings = one.at("settings").as_object();
    if (settings.contains("SECRET_KEY_FALLBACKS"))
        for (const json::value& key : settings.at("SECRET_KEY_FALLBACKS").as_array()) fallbacks.push_back(text(key));
    signing::set_secret_keys(text(settings.at("SECRET_KEY")), std::move(fallbacks));
}

/// Python's compact JSON of a recorded value; ASCII is the signer's own work.
std::string json_of(const json::value& value) {
    if (value.is_object() && value.as_object().contains("$type")) throw Skip("values that JSON lacks");
    if (value.is_double()) return Value(value.as_double()).str();
    if (value.is_array()) {
        std::string out = "[";
        for (const json::value& item : value.as_array()) out += (out.size() > 1 ? "," : "") + json_of(item);
        return out + "]";
    }
    if (value.is_object()) {
        std::string out = "{";
        for (const auto& [key, item] : value.as_object())
            out += (out.size() > 1 ? "," : "") + json::serialize(json::value(key)) + ":" + json_of(item);
        return out + "}";
    }
    return json::serialize(value);
}

json::value loaded(const std::string& text) { return json::parse(text); }

std::string compressible(const Case& one, std::string made) {
    if (one.has("compressed") && one.at("compressed").as_bool() && made != text(one.at("output")))
        throw Skip("another zlib may pack to other bytes: the load cases check it");
    return made;
}

bool compress_of(const Case& one) { return one.has("compress") && one.at("compress").as_bool(); }

json::value signed_cookie(const Case& one, bool is_set) {
    const std::string name = field(one, "name"), value = field(one, "value"), salt = field(one, "salt");
    if (is_set) {
        http::Response response;
        response.set_signed_cookie(name, value, salt);
        return json::value(response.cookie(name)->value);
    }
    http::RequestBuilder builder;
    return json::value(builder.cookie(name, value).request().get_signed_cookie(name, {.salt = salt, .max_age = max_age_of(one)}));
}

json::value answer(const Case& one) {
    const std::string op = field(one, "op");
    const auto is_timestamp = op.starts_with("TimestampSigner.");
    if (op == "b62_encode" && !one.at("value").is_int64()) throw Skip("numbers past 64 bits");
    if (op == "b62_encode") return json::value(signing::b62_encode(integer(one.at("value"))));
    if (op == "b62_decode") {
        if (one.has("output") && one.at("output").is_object()) throw Skip("numbers past 64 bits");
        const auto number = signing::b62_decode(field(one, "value"));
        if (!number) throw Refused("ValueError", "substring not found");
        return json::value(*number);
    }
    if (op == "base64_hmac" || op == "salted_hmac") {
        const std::string key = one.has("key") ? field(one, "key") : field(one, "secret");
        const std::string algorithm = field(one, "algorithm", "sha1");
        const std::string bytes = utils::salted_hmac(op == "salted_hmac" ? field(one, "key_salt") : field(one, "salt"), field(one, "value"), key, algorithm);
        return json::value(op == "salted_hmac" ? utils::hex(bytes) : utils::urlsafe_base64_encode(bytes));
    }
    if (op == "Signer.sign") return json::value(signing::Signer(signer_of(one)).sign(field(one, "value")));
    if (op == "Signer.signature") return json::value(signing::Signer(signer_of(one)).signature(field(one, "value")));
    if (op == "Signer.unsign") return json::value(signing::Signer(signer_of(one)).unsign(field(one, "value")));
    if (op == "Signer.sign_object")
        return json::value(compressible(one, signing::Signer(signer_of(one)).sign_object(json_of(one.at("value")), compress_of(one))));
    if (op == "Signer.unsign_object") return loaded(signing::Signer(signer_of(one)).unsign_object(field(one, "value")));
    if (is_timestamp && op.ends_with(".sign")) return json::value(signing::TimestampSigner(signer_of(one)).sign(field(one, "value")));
    if (is_timestamp)
        return json::value(signing::TimestampSigner(signer_of(one)).unsign(field(one, "value"), max_age_of(one)));
    const std::string salt = field(one, "salt", "django.core.signing");
    if (op == "dumps")
        return json::value(compressible(one, signing::dumps(json_of(one.at("value")), {field(one, "key"), salt, compress_of(one)})));
    if (op == "loads") {
        signing::LoadOptions options{.key = field(one, "key"), .salt = salt, .max_age = max_age_of(one)};
        if (one.has("fallback_keys")) {
            options.fallback_keys.emplace();
            for (const json::value& key : one.at("fallback_keys").as_array()) options.fallback_keys->push_back(text(key));
        }
        return loaded(signing::loads(field(one, "value"), options));
    }
    if (op == "signed_cookie.set" || op == "signed_cookie.get") return signed_cookie(one, op.ends_with("set"));
    if (op == "csrf.mask") return json::value(middleware::mask_cipher_secret(field(one, "secret"), field(one, "mask")));
    if (op == "csrf.unmask") return json::value(middleware::unmask_cipher_token(field(one, "token")));
    if (op == "csrf.match") return json::value(middleware::does_token_match(field(one, "token"), field(one, "secret")));
    if (op == "csrf.check_format") {
        const auto problem = middleware::token_format_problem(field(one, "token"));
        if (!problem) return json::value{{"valid", true}};
        return json::value{{"valid", false}, {"reason", *problem}};
    }
    throw Skip(op.substr(0, op.find('.')) + " are not there yet");
}

void run_one(const Case& one, Report& report) {
    set_keys(one);
    const double now = one.has("now") ? one.at("now").to_number<double>() : 1'773'585'045.0;
    clock_at = DateTime{static_cast<std::int64_t>(now * 1e6)};
    json::value got;
    std::string error;
    try {
        got = answer(one);
    } catch (const Error& thrown) {
        error = thrown.name();
    } catch (const Refused& refused) {
        error = refused.kind;
    }
    const std::string wanted = one.has("error") && !one.at("error").is_null() ? text(one.at("error")) : "";
    // A wrong time in a value that is signed: Python's own errors there, BadSignature here.
    const bool is_python_error = wanted == "ValueError" || wanted == "IndexError" || wanted == "KeyError";
    if (!wanted.empty() ? error == wanted || (is_python_error && !error.empty()) : error.empty() && got == one.at("output"))
        return report.pass();
    report.fail(one.id(), wanted.empty() ? json::serialize(one.at("output")) : wanted, error.empty() ? json::serialize(got) : error);
}

}  // namespace

void run_signing(const File& file, Report& report) {
    timezone::set_clock([] { return clock_at; });
    for (const json::value& fields : file.cases()) {
        const Case one{file, fields.as_object()};
        try {
            run_one(one, report);
        } catch (const Skip& skip) {
            report.skip(one.id(), skip.what());
        } catch (const WrongType&) {
            report.skip(one.id(), "values that are no text");
        }
    }
    timezone::set_clock(nullptr);
    signing::set_secret_keys({});
}

}  // namespace nuages::conformance
