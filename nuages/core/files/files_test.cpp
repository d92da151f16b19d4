// Sizes of images from their headers, and files to choose from.
#include <nuages/base/error.hpp>
#include <nuages/core/files/images.hpp>
#include <nuages/core/files/paths.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace nuages::files {
namespace {

using namespace std::string_literals;

const std::string kPng = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\2\0\0\0\3\10\2\0\0\0"s;
const std::string kGif = "GIF89a\x2c\x01\x05\0\0\0\0"s;
// A comment, a padding byte, then the frame header of 640 by 480.
const std::string kJpeg = "\xff\xd8\xff\xfe\0\6abcd\xff\xff\xc0\0\x11\x08\x01\xe0\x02\x80\3"s;
const std::string kWebp = "RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x10\0\x20\0"s;
const std::string kWebpLossless = "RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x0f\xc0\x07\0"s;
const std::string kWebpExtended = "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x8f\1\0\x2b\1\0"s;

TEST(Images, SizesStandInTheirHeaders) {
    EXPECT_EQ(image_size(kPng), (ImageSize{258, 3, "PNG"}));
    EXPECT_EQ(image_size(kGif), (ImageSize{300, 5, "GIF"}));
    EXPECT_EQ(image_size(kJpeg), (ImageSize{640, 480, "JPEG"}));
    EXPECT_EQ(image_size(kWebp), (ImageSize{16, 32, "WEBP"}));
    EXPECT_EQ(image_size(kWebpLossless), (ImageSize{16, 32, "WEBP"}));
    EXPECT_EQ(image_size(kWebpExtended), (ImageSize{400, 300, "WEBP"}));
}

TEST(Images, OtherContentsHaveNone) {
    for (const std::string& text : {""s, "plain text"s, "\x89PNG\r\n\x1a\n"s, "\xff\xd8\xff\xd9"s, "\xff\xd8\xff\xe0\0\0"s, "RIFF\0\0\0\0WAVE"s,
                                    "GIF89a\0\0\0\0"s, "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\0\0\1\0\0\0\1"s})
        EXPECT_FALSE(image_size(text)) << text;
    std::string late = "\xff\xd8\xff\xe1\xff\xff"s + std::string(0xfffd, 'x') + kJpeg.substr(2);
    EXPECT_FALSE(image_size(late));  // behind what is looked at
}

TEST(Images, SecurityCutHeadersAreNeverReadPast) {
    for (const std::string& whole : {kPng, kGif, kJpeg, kWebp, kWebpLossless, kWebpExtended}) {
        for (std::size_t length = 0; length < whole.size(); ++length) {
            const std::string cut(whole.data(), length);  // on the heap, so that the sanitizer sees its end
            const auto size = image_size(cut);
            EXPECT_TRUE(!size || size == image_size(whole)) << length;
        }
    }
}

class Folder : public testing::Test {
protected:
    void SetUp() override {
        char name[] = "/tmp/nuages_files_XXXXXX";
        root_ = mkdtemp(name);
        std::filesystem::create_directories(root_ + "/inner/deep");
        for (const char* path : {"/b.txt", "/a.txt", "/c.html", "/inner/d.txt", "/inner/deep/e.txt"}) std::ofstream(root_ + path) << "x";
        std::filesystem::create_directory_symlink(root_, root_ + "/inner/back");
    }
    void TearDown() override { std::filesystem::remove_all(root_); }

    std::string shown(const FolderOptions& options) const {
        std::string all;
        for (const auto& [path, name] : path_choices(root_, options)) {
            EXPECT_TRUE(path.starts_with(root_ + "/")) << path;
            all += (all.empty() ? "" : " ") + name;
        }
        return all;
    }
    std::string root_;
};

TEST_F(Folder, OffersItsFiles) {
    EXPECT_EQ(shown({}), "a.txt b.txt c.html");
    EXPECT_EQ(shown({.match = R"(\.txt$)"}), "a.txt b.txt");
    EXPECT_EQ(shown({.allow_folders = true}), "a.txt b.txt c.html inner");
    EXPECT_EQ(shown({.allow_files = false, .allow_folders = true}), "inner");
}

TEST_F(Folder, OffersWhatIsInsideOfItsFolders) {
    EXPECT_EQ(shown({.match = "txt", .recursive = true}), "/a.txt /b.txt /inner/d.txt /inner/deep/e.txt");
    EXPECT_EQ(shown({.recursive = true, .allow_files = false, .allow_folders = true}), "/inner /inner/back /inner/deep");
}

TEST_F(Folder, SaysWhatIsWrong) {
    EXPECT_THROW(path_choices(root_ + "/none"), Error);
    EXPECT_THROW(path_choices(root_, {.match = "("}), Error);
}

}  // namespace
}  // namespace nuages::files
