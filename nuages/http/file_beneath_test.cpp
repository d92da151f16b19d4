#include <nuages/http/file_beneath.hpp>

#include <gtest/gtest.h>

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace nuages::http {
namespace {

class FileBeneath : public testing::Test {
protected:
    FileBeneath() {
        char name[] = "/tmp/nuages_beneath_XXXXXX";
        base_ = ::mkdtemp(name);
        write("releases/1/css/site.css", "one");
        write("releases/2/css/site.css", "second");
        write("secret.txt", "outside");
    }
    ~FileBeneath() override { std::filesystem::remove_all(base_); }

    void write(const std::string& path, std::string_view text) const {
        const std::string whole = base_ + "/" + path;
        std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
        std::ofstream(whole, std::ios::binary) << text;
    }
    void link(const std::string& target, const std::string& path) const {
        std::filesystem::create_symlink(target, base_ + "/" + path);
    }
    // The bytes of PATH below FOLDER; "-" when it is not opened.
    std::string text_of(const std::string& folder, std::string_view path) const {
        const auto file = open_beneath(folder, path);
        if (!file) return "-";
        std::string text(file->size, '\0');
        EXPECT_EQ(::pread(file->descriptor, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
        ::close(file->descriptor);
        return text;
    }

    std::string base_;
};

TEST_F(FileBeneath, FollowsAFolderThatIsALinkToWhereItLeadsNow) {
    link("releases/1", "current");
    EXPECT_EQ(text_of(base_ + "/current", "css/site.css"), "one");
    std::filesystem::remove(base_ + "/current");
    link("releases/2", "current");
    EXPECT_EQ(text_of(base_ + "/current", "css/site.css"), "second");
    EXPECT_EQ(text_of(base_ + "/current", "css/nothing.css"), "-");
}

TEST_F(FileBeneath, FollowsLinksThatStayInside) {
    link("css/site.css", "releases/1/a.css");
    link("css", "releases/1/styles");
    link("../../../secret.txt", "releases/1/css/up.css");
    link(base_ + "/releases/1/css/site.css", "releases/1/absolute.css");
    const std::string folder = base_ + "/releases/1";
    EXPECT_EQ(text_of(folder, "a.css"), "one");
    EXPECT_EQ(text_of(folder, "styles/site.css"), "one");
    EXPECT_EQ(text_of(folder, "css/up.css"), "-");
    EXPECT_EQ(text_of(folder, "absolute.css"), "-");
}

TEST_F(FileBeneath, OpensNothingBelowNoFolder) {
    EXPECT_EQ(text_of("", base_.substr(1) + "/secret.txt"), "-");
    EXPECT_EQ(text_of(base_ + "/nothing", "secret.txt"), "-");
    EXPECT_EQ(text_of(base_, "secret.txt"), "outside");
}

}  // namespace
}  // namespace nuages::http
