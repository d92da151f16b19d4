// A request's body that is too large for memory: a temporary file that the request reads from.
#pragma once

#include <nuages/http/request.hpp>
#include <nuages/http/temporary_file.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nuages::server::detail {

class SpooledBody final : public http::BodySource {
public:
    /// TOTAL counts what all bodies of the thread take on the disk; it outlives this. Throws Error.
    SpooledBody(const std::string& folder, std::uint64_t& total)
        : file_(folder, http::TemporaryFile::Kind::anonymous), total_(total) {}
    ~SpooledBody() { total_ -= file_.size(); }
    SpooledBody(const SpooledBody&) = delete;
    SpooledBody& operator=(const SpooledBody&) = delete;

    /// Throws Error when the disk is full.
    void append(std::string_view bytes) {
        const std::uint64_t before = file_.size();
        file_.append(bytes);
        total_ += file_.size() - before;
    }
    std::uint64_t size() const noexcept override { return file_.size(); }
    std::size_t read_at(std::uint64_t offset, char* data, std::size_t size) const override {
        return file_.read_at(offset, data, size);
    }

private:
    http::TemporaryFile file_;
    std::uint64_t& total_;
};

}  // namespace nuages::server::detail
