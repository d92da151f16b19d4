// Forward declarations of nuages::core::signing names.
#pragma once

namespace nuages::core::signing {
class Signer;
class TimestampSigner;
struct SignerOptions;
class BadSignature;
class SignatureExpired;
}  // namespace nuages::core::signing

namespace nuages {
namespace signing = core::signing;
}
