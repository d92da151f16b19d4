// The parser works on the body as a stream of chunks. Each part is a stream of its own that ends at the next boundary;
// what is left of a part that nobody read is looked at as the next part, as Django's parser does. Boundaries are found
// wherever they stand: a line break before one belongs to it.
#include <nuages/http/multipart.hpp>

#include <nuages/http/errors.hpp>
#include <nuages/utils/base64.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/http.hpp>
#include <nuages/utils/unicode.hpp>
#include <nuages/utils/utf8.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

namespace nuages::http {
namespace {

constexpr std::size_t kHeadMax = 1024;          // bytes of a part's headers, with the empty line
constexpr std::size_t kBoundaryMax = 201;       // RFC 2046 says 70
constexpr std::size_t kFileNameMax = 255;       // characters
constexpr std::size_t kUncountedParts = 2;      // before the first boundary and behind the last

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view strip(std::string_view text) {
    while (!text.empty() && is_ascii_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_ascii_space(text.back())) text.remove_suffix(1);
    return text;
}

// The body's bytes that were read and not yet used.
class Input {
public:
    Input(BodyReader read, std::size_t chunk_size) : read_(read), chunk_size_(chunk_size) {}

    std::string_view available() const { return std::string_view(buffer_).substr(begin_); }
    void use(std::size_t size) { begin_ += size; }
    /// Reads on until more than SIZE bytes are there; false when the body ends before.
    bool has_more_than(std::size_t size) {
        while (available().size() <= size)
            if (!read_chunk()) return false;
        return true;
    }

private:
    bool read_chunk() {
        buffer_.erase(0, begin_);
        begin_ = 0;
        const std::size_t before = buffer_.size();
        buffer_.resize(before + chunk_size_);
        std::size_t got = 0;
        while (got < chunk_size_) {
            const std::size_t now = read_(buffer_.data() + before + got, chunk_size_ - got);
            if (now == 0) break;
            got += now;
        }
        buffer_.resize(before + got);
        return got > 0;
    }

    BodyReader read_;
    std::size_t chunk_size_;
    std::string buffer_;
    std::size_t begin_ = 0;
};

// One part: what stands before the next boundary.
class Part {
public:
    Part(Input& input, std::string_view separator)
        : input_(input), separator_(separator), kept_(separator.size() + 6) {}  // CRLF before it, "--" and CRLF behind

    /// The next piece, valid until the one after it; nothing at the end.
    std::optional<std::string_view> next() {
        if (!leftover_.empty()) return std::exchange(leftover_, {});
        return next_of_input();
    }
    /// At most SIZE bytes.
    std::string read(std::size_t size) {
        std::string bytes;
        while (bytes.size() < size) {
            const auto piece = next();
            if (!piece) break;
            const std::size_t wanted = std::min(piece->size(), size - bytes.size());
            bytes += piece->substr(0, wanted);
            leftover_ = piece->substr(wanted);
        }
        return bytes;
    }
    /// Puts bytes back before what comes next.
    void unread(std::string_view bytes) {
        std::string joined;
        joined.reserve(bytes.size() + leftover_.size());
        joined.append(bytes).append(leftover_);
        storage_ = std::move(joined);
        leftover_ = storage_;
    }

private:
    std::optional<std::string_view> next_of_input() {
        if (done_) return std::nullopt;
        done_ = !input_.has_more_than(kept_);
        const std::string_view bytes = input_.available();
        if (bytes.empty()) return std::nullopt;
        if (const std::size_t at = bytes.find(separator_); at != bytes.npos) {
            done_ = true;
            input_.use(at + separator_.size());
            std::string_view before = bytes.substr(0, at);
            if (!before.empty() && before.back() == '\n') before.remove_suffix(1);
            if (!before.empty() && before.back() == '\r') before.remove_suffix(1);
            return before;
        }
        if (bytes.size() <= kept_) {
            done_ = true;
            input_.use(bytes.size());
            return bytes;
        }
        // What may be the beginning of a boundary stays.
        input_.use(bytes.size() - kept_);
        return bytes.substr(0, bytes.size() - kept_);
    }

    Input& input_;
    std::string_view separator_;
    std::size_t kept_;
    std::string_view leftover_;
    std::string storage_;
    bool done_ = false;
};

struct PartHead {
    enum class Type { raw, field, file };
    Type type = Type::raw;
    std::optional<utils::HeaderParameters> disposition;
    std::optional<utils::HeaderParameters> content_type;
    std::optional<utils::HeaderParameters> transfer_encoding;
};

void read_head_line(PartHead& head, std::string_view line) {
    const std::size_t colon = line.find(':');
    if (colon == line.npos || !utils::is_utf8(line)) return;
    std::string_view name = line.substr(0, colon);
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    const auto is = [name](std::string_view known) {
        return name.size() == known.size() && std::equal(name.begin(), name.end(), known.begin(), [](char a, char b) {
                   return (a >= 'A' && a <= 'Z' ? static_cast<char>(a | 0x20) : a) == b;
               });
    };
    const bool is_disposition = is("content-disposition");
    const bool is_type = is("content-type");
    if (!is_disposition && !is_type && !is("content-transfer-encoding")) return;
    utils::HeaderParameters parsed = utils::parse_header_parameters(value);
    if (parsed.has_unknown_encoding) return;
    if (is_disposition) {
        const std::string* file_name = parsed.find("filename");
        head.type = file_name && !file_name->empty() ? PartHead::Type::file : PartHead::Type::field;
    }
    (is_disposition ? head.disposition : is_type ? head.content_type : head.transfer_encoding) = std::move(parsed);
}

// Reads the part's headers; a part without any is raw.
PartHead read_head(Part& part) {
    const std::string beginning = part.read(kHeadMax);
    const std::size_t end = beginning.find("\r\n\r\n");
    PartHead head;
    if (end == beginning.npos) {
        if (beginning.size() == kHeadMax) throw MultiPartParserError("Request max total header size exceeded.");
        part.unread(beginning);
        return head;
    }
    const std::string_view lines = std::string_view(beginning).substr(0, end);
    for (std::size_t start = 0; start <= lines.size();) {
        const std::size_t line_end = std::min(lines.find("\r\n", start), lines.size());
        read_head_line(head, lines.substr(start, line_end - start));
        start = line_end + 2;
    }
    part.unread(std::string_view(beginning).substr(end + 4));
    return head;
}

void append_without_space(std::string& out, std::string_view text) {
    std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !is_ascii_space(c); });
}

/// The bare name of a file; empty when nothing of it can be used.
std::string sanitize_file_name(std::string_view sent) {
    std::string name = utils::unescape(sent);
    if (const std::size_t slash = name.find_last_of('/'); slash != name.npos) name.erase(0, slash + 1);
    if (const std::size_t slash = name.find_last_of('\\'); slash != name.npos) name.erase(0, slash + 1);
    std::string printable;
    for (std::size_t at = 0; at < name.size();) {
        const utils::Utf8Step step = utils::utf8_step(name, at);
        const char32_t c = step.code_point;
        if (c == ' ' || (!utils::is_control_category(c) && !utils::is_space(c))) utils::append_utf8(printable, c);
        at += step.size;
    }
    if (printable == "." || printable == "..") printable.clear();
    return printable;
}

std::size_t byte_of_character(std::string_view text, std::size_t index) {
    std::size_t at = 0;
    for (; index > 0 && at < text.size(); --index) at += utils::utf8_step(text, at).size;
    return at;
}

/// Cuts a long name, keeping its ending.
std::string shortened_file_name(std::string name) {
    const std::size_t length = utils::utf8_length(name);
    if (length <= kFileNameMax) return name;
    const std::size_t first = std::min(name.find_first_not_of('.'), name.size());
    const std::size_t dot = name.rfind('.');
    std::string ending = dot != name.npos && dot > first ? name.substr(dot) : std::string();
    name.resize(name.size() - ending.size());
    ending.resize(byte_of_character(ending, kFileNameMax));
    name.resize(byte_of_character(name, kFileNameMax - utils::utf8_length(ending)));
    return name + ending;
}

std::string boundary_of(std::string_view content_type) {
    if (!content_type.starts_with("multipart/"))
        throw MultiPartParserError("Invalid Content-Type: " + std::string(content_type));
    if (std::any_of(content_type.begin(), content_type.end(), [](char c) { return static_cast<signed char>(c) < 0; }))
        throw MultiPartParserError("Invalid non-ASCII Content-Type in multipart: " + std::string(content_type));
    if (content_type.size() > utils::kHeaderLengthMax)
        throw MultiPartParserError("Unable to parse header parameters (value too long).");
    const utils::HeaderParameters parameters = utils::parse_header_parameters(content_type);
    const std::string* boundary = parameters.find("boundary");
    const bool is_valid = boundary && !boundary->empty() && boundary->size() <= kBoundaryMax && boundary->back() != ' ' &&
                          std::all_of(boundary->begin(), boundary->end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (!is_valid) throw MultiPartParserError("Invalid boundary in multipart: " + (boundary ? *boundary : "None"));
    return *boundary;
}

// Reads the parts of one form.
class Reader {
public:
    Reader(std::string separator, std::int64_t content_length, BodyReader body, const MultiPartOptions& options)
        : separator_(std::move(separator)),
          input_(body, options.chunk_size),
          options_(options),
          in_memory_(static_cast<std::uint64_t>(content_length) <= options.file_upload_max_memory_size) {}

    MultiPartForm read() {
        while (!input_.available().empty() || input_.has_more_than(0)) {
            Part part(input_, separator_);
            const PartHead head = read_head(part);
            // A file is complete when another part, be it the end of the body, has begun behind it.
            if (pending_) form_.files.appendlist(std::move(pending_->first), std::move(pending_->second));
            pending_.reset();
            read_part(part, head);
        }
        return std::move(form_);
    }

private:
    void read_part(Part& part, const PartHead& head) {
        if (head.type != PartHead::Type::file && options_.data_upload_max_number_fields != std::string::npos &&
            ++fields_ > options_.data_upload_max_number_fields + kUncountedParts)
            throw TooManyFieldsSent(
                "The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS.");
        const std::string* name = head.disposition ? head.disposition->find("name") : nullptr;
        if (!name) return;
        const bool is_base64 = head.transfer_encoding && strip(head.transfer_encoding->value) == "base64";
        std::string field_name = text_of(strip(*name));
        if (head.type == PartHead::Type::field) {
            read_field(part, std::move(field_name), is_base64);
        } else if (head.type == PartHead::Type::file) {
            read_file(part, std::move(field_name), head, is_base64);
        }
    }

    void read_field(Part& part, std::string name, bool is_base64) {
        const std::size_t limit = options_.data_upload_max_memory_size;
        std::string value = part.read(limit == std::string::npos ? limit : limit - bytes_);
        bytes_ += value.size() + utils::utf8_length(name) + 2;  // '&' and '=' of other forms
        if (limit != std::string::npos && bytes_ > limit)
            throw RequestDataTooBig("Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.");
        if (is_base64)
            if (auto decoded = utils::base64_decode(value)) value = std::move(*decoded);
        form_.fields.appendlist(name, text_of(value));
    }

    void read_file(Part& part, std::string field_name, const PartHead& head, bool is_base64) {
        if (options_.data_upload_max_number_files != std::string::npos &&
            ++files_ > options_.data_upload_max_number_files)
            throw TooManyFilesSent("The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES.");
        std::string name = sanitize_file_name(text_of(*head.disposition->find("filename")));
        if (name.empty()) return;
        name = shortened_file_name(std::move(name));
        std::string content;
        Ref<TemporaryFile> file;
        if (!in_memory_)
            file = make_ref<TemporaryFile>(std::string(options_.file_upload_temp_dir), TemporaryFile::Kind::named);
        while (const auto piece = part.next()) {
            if (!is_base64) {
                file ? file->append(*piece) : void(content += *piece);
                continue;
            }
            const std::string decoded = decode_piece(part, *piece);
            file ? file->append(decoded) : void(content += decoded);
        }
        UploadedFile uploaded = file ? UploadedFile(std::move(name), std::move(file))
                                     : UploadedFile(std::move(name), std::move(content));
        if (head.content_type) {
            uploaded.content_type = strip(head.content_type->value);
            uploaded.content_type_extra = head.content_type->parameters;
            if (const std::string* charset = head.content_type->find("charset")) uploaded.charset = *charset;
        }
        pending_.emplace(std::move(field_name), std::move(uploaded));
    }

    // Fours of digits are decoded together, white space apart; the rest of a four is fetched from what follows.
    static std::string decode_piece(Part& part, std::string_view piece) {
        std::string digits;
        append_without_space(digits, piece);
        while (digits.size() % 4 != 0) {
            const std::string more = part.read(4 - digits.size() % 4);
            if (more.empty()) break;
            append_without_space(digits, more);
        }
        auto decoded = utils::base64_decode(digits);
        if (!decoded) throw MultiPartParserError("Could not decode base64 data.");
        return std::move(*decoded);
    }

    // Text in UTF-8; ill-formed sequences are replaced.
    std::string text_of(std::string_view bytes) const {
        if (options_.is_latin1) return utils::latin1_to_utf8(bytes);
        return utils::to_utf8_replacing(bytes);
    }

    std::string separator_;
    Input input_;
    const MultiPartOptions& options_;
    bool in_memory_;
    MultiPartForm form_;
    std::optional<std::pair<std::string, UploadedFile>> pending_;  // the file of the last part
    std::size_t fields_ = 0;
    std::size_t files_ = 0;
    std::size_t bytes_ = 0;  // of fields
};

}  // namespace

MultiPartForm parse_multipart(std::string_view content_type, std::int64_t content_length, BodyReader body,
                              const MultiPartOptions& options) {
    std::string separator = "--" + boundary_of(content_type);
    if (content_length < 0)
        throw MultiPartParserError("Invalid content length: " + std::to_string(content_length));
    if (content_length == 0) return {};
    return Reader(std::move(separator), content_length, body, options).read();
}

}  // namespace nuages::http
