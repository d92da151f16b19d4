// Fields of files: sizes of images, paths to choose from.
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/models/file_fields.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/meta.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace nuages::db::models {
namespace {

Field of(const char* name, FieldKind kind, const char* type = "") {
    Field field;
    field.name = name;
    field.kind = kind;
    field.type_name = type;
    return field;
}

struct Pictures {
    ModelMeta meta;
    Pictures(const std::string& folder = {}) {
        meta.app_label = "gallery";
        meta.object_name = "Picture";
        Field image = of("image", FieldKind::char_, "ImageField");
        image.file = {.upload_to = "pictures/", .width_field = "width", .height_field = "height"};
        Field height = of("height", FieldKind::integer);
        height.null = true;
        Field frame = of("frame", FieldKind::char_, "FilePathField");
        frame.file = {.path = folder, .match = "frame"};
        frame.blank = true;
        meta.fields = {image, of("width", FieldKind::integer), height, frame};
        meta.finish();
    }
};

TEST(FileFields, ImagesTellTheirSize) {
    using namespace std::string_literals;
    const Pictures pictures;
    const Ref<Instance> picture = Instance::create(pictures.meta);
    const Field& image = pictures.meta.field("image");
    const auto shown = [&] {
        std::string text;
        for (const char* name : {"image", "width", "height"}) text += repr(pictures.meta.field(name).get(picture->object())) + " ";
        return text;
    };
    set_image(image, picture->object(), "pictures/a.gif", "GIF89a\x2c\x01\x05\0"s);
    EXPECT_EQ(shown(), "'pictures/a.gif' 300 5 ");
    try {
        set_image(image, picture->object(), "pictures/b.gif", "no image");
        FAIL();
    } catch (const ValidationError& error) {
        EXPECT_EQ(error.items().front().code, "invalid_image");
        EXPECT_EQ(error.items().front().text(), "Upload a valid image. The file you uploaded was either not an image or a corrupted image.");
    }
    EXPECT_EQ(shown(), "'pictures/a.gif' 300 5 ");  // as it was
    set_image(image, picture->object(), "", "");
    EXPECT_EQ(shown(), "'' 0 None ");
}

TEST(FileFields, PathsAreChosenFromAFolder) {
    char name[] = "/tmp/nuages_paths_XXXXXX";
    const std::string folder = mkdtemp(name);
    for (const char* file : {"/frame_b.svg", "/frame_a.svg", "/other.svg"}) std::ofstream(folder + file) << "x";
    const Pictures pictures(folder);
    const auto choices = file_path_choices(pictures.meta.field("frame"));
    ASSERT_EQ(choices.size(), 3u);
    EXPECT_EQ(choices[0].second, "---------");
    EXPECT_EQ(choices[1], std::pair(folder + "/frame_a.svg", std::string("frame_a.svg")));
    EXPECT_EQ(choices[2].second, "frame_b.svg");
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace nuages::db::models
