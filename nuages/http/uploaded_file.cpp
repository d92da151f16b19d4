#include <nuages/http/uploaded_file.hpp>

#include <algorithm>
#include <cstring>

namespace nuages::http {

UploadedFile::UploadedFile(std::string file_name, std::string content, std::string type)
    : name(std::move(file_name)), content_type(std::move(type)), content_(make_ref<Content>(std::move(content))) {}

UploadedFile::UploadedFile(std::string file_name, Ref<TemporaryFile> content, std::string type)
    : name(std::move(file_name)), content_type(std::move(type)), file_(std::move(content)) {}

std::uint64_t UploadedFile::size() const noexcept {
    if (file_) return file_->size();
    return content_ ? content_->bytes.size() : 0;
}

std::size_t UploadedFile::read_at(std::uint64_t offset, char* data, std::size_t size) const {
    if (file_) return file_->read_at(offset, data, size);
    if (!content_ || offset >= content_->bytes.size()) return 0;
    return content_->bytes.copy(data, size, static_cast<std::size_t>(offset));
}

std::string UploadedFile::read(std::size_t size) {
    const std::uint64_t left = this->size() - std::min(this->size(), position_);
    std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(size, left)), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const std::size_t got = read_at(position_ + done, bytes.data() + done, bytes.size() - done);
        if (got == 0) break;
        done += got;
    }
    bytes.resize(done);
    position_ += done;
    return bytes;
}

void UploadedFile::chunks(FunctionRef<void(std::string_view)> visit, std::size_t chunk_size) const {
    chunk_size = std::max<std::size_t>(chunk_size, 1);
    if (!file_) {
        for (std::string_view rest = content_ ? std::string_view(content_->bytes) : ""; !rest.empty();) {
            const std::string_view chunk = rest.substr(0, chunk_size);
            visit(chunk);
            rest.remove_prefix(chunk.size());
        }
        return;
    }
    std::string chunk(chunk_size, '\0');
    for (std::uint64_t offset = 0; const std::size_t got = read_at(offset, chunk.data(), chunk.size()); offset += got)
        visit({chunk.data(), got});
}

const UploadedFile& UploadedFiles::operator[](std::string_view name) const {
    static const UploadedFile none;
    load();
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry)
        if (entry->first == name) return entry->second;
    return none;
}

std::vector<UploadedFile> UploadedFiles::getlist(std::string_view name) const {
    load();
    std::vector<UploadedFile> files;
    for (const auto& [known, file] : entries_)
        if (known == name) files.push_back(file);
    return files;
}

std::vector<std::string_view> UploadedFiles::keys() const {
    load();
    std::vector<std::string_view> keys;
    for (const auto& [name, file] : entries_)
        if (std::find(keys.begin(), keys.end(), name) == keys.end()) keys.push_back(name);
    return keys;
}

}  // namespace nuages::http
