#include <nuages/http/compression.hpp>

#include <nuages/base/error.hpp>
#include <nuages/http/conditional.hpp>
#include <nuages/http/request.hpp>
#include <nuages/http/streaming.hpp>
#include <nuages/utils/crypto.hpp>

#include <zlib.h>

#include <algorithm>
#include <new>

namespace nuages::http {
namespace {

constexpr std::size_t kWorthwhile = 200;   // bytes; shorter responses would hardly shrink
constexpr std::size_t kRandomBytesMax = 100;
constexpr std::size_t kPiece = 16 * 1024;
constexpr int kGzipWindow = 15 + 16;       // zlib's words for: the gzip format, 32 KiB of history
constexpr int kAnyWindow = 15 + 32;        // gzip or zlib, whichever the data says
constexpr int kLevel = 6;

/// Compresses pieces of text into one gzip stream.
class Deflater {
public:
    explicit Deflater(std::size_t random_bytes_max) {
        if (deflateInit2(&stream_, kLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
        if (random_bytes_max == 0) return;
        // As the name of the file: everyone skips it.
        name_ = utils::get_random_string(random_bytes_max);
        name_.resize(static_cast<unsigned char>(name_[0]) * 31u % (random_bytes_max + 1));
        head_.name = reinterpret_cast<Bytef*>(name_.data());
        deflateSetHeader(&stream_, &head_);
    }
    ~Deflater() { deflateEnd(&stream_); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;

    /// Appends what TEXT becomes; with Z_SYNC_FLUSH the receiver can read all of it, Z_FINISH ends the stream.
    void add(std::string& out, std::string_view text, int flush) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        stream_.avail_in = static_cast<uInt>(text.size());
        do {
            const std::size_t before = out.size();
            out.resize(before + kPiece);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = kPiece;
            deflate(&stream_, flush);
            out.resize(before + kPiece - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

private:
    z_stream stream_{};
    gz_header head_{};
    std::string name_;
};

class CompressedStream final : public ResponseStream {
public:
    explicit CompressedStream(ResponseStream& out) : out_(out), deflater_(kRandomBytesMax) {}
    void write(std::string_view chunk) override {
        if (!chunk.empty()) send(chunk, Z_SYNC_FLUSH);
    }
    bool is_connected() const noexcept override { return out_.is_connected(); }
    void finish() { send({}, Z_FINISH); }

private:
    void take_trailer(std::string_view name, std::string_view value) override { out_.add_trailer(name, value); }
    void send(std::string_view text, int flush) {
        compressed_.clear();
        deflater_.add(compressed_, text, flush);
        out_.write(compressed_);
    }
    ResponseStream& out_;
    Deflater deflater_;
    std::string compressed_;
};

bool is_word_in(std::string_view text, std::string_view word) {
    const auto is_part = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    };
    for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !is_part(text[at - 1])) && (end == text.size() || !is_part(text[end]))) return true;
    }
    return false;
}

/// Decodes the whole body, asking Request for it piece by piece.
std::string inflated(Request& request, std::size_t bytes_max) {
    struct Inflater {
        z_stream stream{};
        Inflater() {
            if (inflateInit2(&stream, kAnyWindow) != Z_OK) throw std::bad_alloc();
        }
        ~Inflater() { inflateEnd(&stream); }
    } inflater;
    z_stream& stream = inflater.stream;
    std::string out;
    int state = Z_OK;
    while (state != Z_STREAM_END) {
        std::string piece = request.read(kPiece);
        if (piece.empty()) throw BadRequest("The request's compressed body ends too soon.");
        stream.next_in = reinterpret_cast<Bytef*>(piece.data());
        stream.avail_in = static_cast<uInt>(piece.size());
        do {
            const std::size_t before = out.size();
            out.resize(before + kPiece);
            stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream.avail_out = kPiece;
            state = inflate(&stream, Z_NO_FLUSH);
            out.resize(before + kPiece - stream.avail_out);
            if (out.size() > bytes_max)
                throw RequestDataTooBig("The decoded body is larger than " + std::to_string(bytes_max) + " bytes.");
            if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR)
                throw BadRequest("The request's compressed body is damaged.");
        } while (stream.avail_out == 0 && state != Z_STREAM_END);
    }
    if (stream.avail_in > 0 || !request.read(1).empty())
        throw BadRequest("Something follows the end of the request's compressed body.");
    return out;
}

}  // namespace

std::string gzip_compressed(std::string_view text, std::size_t random_bytes_max) {
    std::string out;
    Deflater(random_bytes_max).add(out, text, Z_FINISH);
    return out;
}

std::string decoded_body(Request& request, std::size_t bytes_max) {
    const std::string_view encoding = request.headers["Content-Encoding"];
    if (header_name_equals(encoding, "gzip") || header_name_equals(encoding, "x-gzip") ||
        header_name_equals(encoding, "deflate"))
        return inflated(request, bytes_max);
    if (!encoding.empty() && !header_name_equals(encoding, "identity"))
        throw BadRequest("The body's Content-Encoding '" + std::string(encoding) + "' is not known here.");
    if (request.body_size() > bytes_max)
        throw RequestDataTooBig("The body is larger than " + std::to_string(bytes_max) + " bytes.");
    return request.read();
}

Response gzipped_response(const Request& request, Response response) {
    const bool may_be_short = !response.streaming() && response.content.size() < kWorthwhile;
    if (may_be_short || response.is_file() || response.upgrade() || response.has_header("Content-Encoding"))
        return response;
    patch_vary_headers(response, {"Accept-Encoding"});
    if (!is_word_in(request.headers["Accept-Encoding"], "gzip")) return response;
    if (response.streaming()) {
        response.remove("Content-Length");
        response.set_streaming_content(
            [inner = response.streaming_content()](ResponseStream& out) {
                CompressedStream compressed(out);
                inner(compressed);
                compressed.finish();
            },
            response.is_endless());
    } else {
        std::string compressed = gzip_compressed(response.content, kRandomBytesMax);
        if (compressed.size() >= response.content.size()) return response;
        response.content = std::move(compressed);
    }
    // Byte for byte it is another one now (RFC 9110, 8.8.1).
    if (const std::string_view etag = response["ETag"]; etag.starts_with('"'))
        response.set("ETag", "W/" + std::string(etag));
    response.set("Content-Encoding", "gzip");
    return response;
}

}  // namespace nuages::http
