// The files of a multipart form: request.FILES (django.core.files.uploadedfile).
#pragma once

#include <nuages/base/function.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/http/temporary_file.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::http {

/// One uploaded file: in memory, or in a temporary file that goes with the last copy of this object. Everything that
/// describes it is the client's word; the name is a bare one, without a path. Copies share the content and have a
/// position of their own.
class UploadedFile {
public:
    static constexpr std::size_t kChunkSize = 64 * 1024;

    /// No file: what FILES gives for a name that was not sent.
    UploadedFile() = default;
    UploadedFile(std::string name, std::string content, std::string content_type = {});
    UploadedFile(std::string name, Ref<TemporaryFile> content, std::string content_type = {});

    std::string name;
    std::string content_type;
    std::string charset;  ///< of Content-Type, if named
    /// The parameters of Content-Type.
    std::vector<std::pair<std::string, std::string>> content_type_extra;

    /// Whether there is a file.
    explicit operator bool() const noexcept { return static_cast<bool>(content_) || static_cast<bool>(file_); }
    std::uint64_t size() const noexcept;
    bool in_memory() const noexcept { return !file_; }
    /// Where the content lies; empty when it is in memory.
    std::string temporary_file_path() const { return file_ ? file_->path() : std::string(); }

    /// At most SIZE bytes from the position, which moves on.
    std::string read(std::size_t size = std::string::npos);
    void seek(std::uint64_t position) noexcept { position_ = position; }
    std::uint64_t tell() const noexcept { return position_; }
    /// Calls VISIT with the whole content, piece by piece; the position does not matter.
    void chunks(FunctionRef<void(std::string_view)> visit, std::size_t chunk_size = kChunkSize) const;
    bool multiple_chunks(std::size_t chunk_size = kChunkSize) const noexcept { return size() > chunk_size; }

private:
    struct Content : RefCounted {
        explicit Content(std::string text) : bytes(std::move(text)) {}
        std::string bytes;
    };
    std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const;

    Ref<Content> content_;
    Ref<TemporaryFile> file_;
    std::uint64_t position_ = 0;
};

/// Files by the names of their fields; several may have one name (Django's MultiValueDict).
class UploadedFiles {
public:
    /// The last file of that name; none when it was not sent.
    const UploadedFile& operator[](std::string_view name) const;
    bool contains(std::string_view name) const { return static_cast<bool>((*this)[name]); }
    std::vector<UploadedFile> getlist(std::string_view name) const;
    /// Names in the order of their first appearance.
    std::vector<std::string_view> keys() const;
    std::size_t size() const { return keys().size(); }
    bool empty() const { return load(), entries_.empty(); }
    /// Calls visit(name, file) in the order of arrival.
    template <class F> void for_each(F&& visit) const {
        load();
        for (const auto& [name, file] : entries_) visit(std::string_view(name), file);
    }
    void appendlist(std::string name, UploadedFile file) { entries_.emplace_back(std::move(name), std::move(file)); }

private:
    friend class Request;
    void load() const {
        if (loader_) loader_(owner_);
    }

    std::vector<std::pair<std::string, UploadedFile>> entries_;
    void (*loader_)(const void* owner) = nullptr;
    const void* owner_ = nullptr;
};

}  // namespace nuages::http
