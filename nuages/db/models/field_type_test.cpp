// Field classes of a program's own: a colour that is a text of six digits in the database and "#rrggbb" in the program, in a
// struct and in a model made from data.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/custom_lookups.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace paint {

namespace models = nuages::models;
using models::Field;
using models::Literal;
using namespace nuages::literals;

/// "#FF0000", "ff0000" and "red" are ff0000.
std::string digits_of(std::string text) {
    if (text == "red") return "ff0000";
    if (text.starts_with('#')) text.erase(0, 1);
    for (char& c : text) c = c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c;
    if (text.size() != 6 || text.find_first_not_of("0123456789abcdef") != text.npos)
        throw nuages::db::models::ValueError("'" + text + "' is no colour");
    return text;
}

const models::FieldType colour_type{
    .name = "ColourField",
    .kind = models::FieldKind::char_,
    .db_type = [](const Field&, const nuages::db::Connection&) { return std::string("char(6)"); },
    .get_prep_value = [](const Field&, const Literal& value) { return Literal(digits_of(value.text())); },
    .from_db_value = [](const Field&, const Literal& value) { return Literal("#" + value.text()); },
    .to_python =
        [](const Field&, const Literal& value) {
            try {
                return Literal("#" + digits_of(value.text()));
            } catch (const nuages::Error& error) {
                throw nuages::ValidationError(error.message(), "invalid");
            }
        },
};

struct ColourField : models::CharField {
    static constexpr std::string_view class_name = "ColourField";
    static constexpr const models::FieldType& field_type = colour_type;
    using models::CharField::CharField;
    using models::CharField::operator=;
};

struct Wall : models::Model<Wall> {
    BigAutoField id;
    ColourField colour{{.default_ = "#ffffff"}};
    Nullable<ColourField> trim;
};

}  // namespace paint

namespace nuages::db::models {
namespace {

using paint::Wall;

std::string stored() {
    const auto rows = connection().query<std::string>("SELECT CAST(colour AS varchar(20)) FROM paint_wall ORDER BY id");
    return rows.empty() ? "nothing" : std::get<0>(rows.back());
}

class OwnFields : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
        paint::models::list<Wall>();
    }
};

TEST_F(OwnFields, OfStructsConvertBothWays) {
    db::testing::with_database([] {
        const std::vector<const ModelMeta*> models{&meta_of<Wall>()};
        EXPECT_NE(schema::create_statements(connection(), *models[0])[0].find("\"colour\" char(6) NOT NULL"),
                  std::string::npos);
        schema::create_tables(connection(), models);
        Wall wall{.colour = "#FF0000"};
        wall.save();
        EXPECT_EQ(stored(), "ff0000");
        EXPECT_EQ(Wall::objects.get("colour"_f = "red").colour, "#ff0000");  // a lookup's value goes the same way
        EXPECT_EQ(Wall::objects.get("colour"_f = "red").trim, std::nullopt);
        EXPECT_EQ(Wall::objects.filter("colour"_f = "#00ff00").count(), 0);
        EXPECT_EQ(Wall::objects.filter("colour__in"_f = std::vector<std::string>{"red", "#000000"}).count(), 1);
        std::vector<Wall> walls = Wall::objects.list();
        walls[0].colour = "#0000FF";
        Wall::objects.bulk_update(walls, {"colour"});
        EXPECT_EQ(stored(), "0000ff");
        Wall::objects.update("trim"_f = "#00FF00");
        EXPECT_EQ(*Wall::objects.get().trim, "#00ff00");
        EXPECT_THROW(Wall{.colour = "mauve"}.save(), ValueError);
    });
}

TEST_F(OwnFields, OfModelsMadeFromDataDoTheSame) {
    db::testing::with_database([] {
        ModelMeta meta;
        meta.app_label = "paint";
        meta.object_name = "Wall";
        Field colour;
        colour.name = "colour";
        colour.type = &paint::colour_type;
        meta.fields = {colour};
        meta.finish();
        EXPECT_EQ(field_class_name(meta.field("colour")), "ColourField");
        const std::vector<const ModelMeta*> models{&meta};
        schema::create_tables(connection(), models);
        const Ref<Instance> wall = Instance::create(meta);
        meta.field("colour").set(wall->object(), Literal("red"));
        full_clean(meta, wall->object());
        EXPECT_EQ(meta.field("colour").get(wall->object()).text(), "#ff0000");
        save(meta, wall->object());
        EXPECT_EQ(stored(), "ff0000");
        const auto rows = Query(meta).filter(QNode(Name("colour"), Literal("#FF0000"))).values({Name("colour")}).rows();
        ASSERT_EQ(rows.size(), 1u);
        EXPECT_EQ(rows[0][0].text(), "#ff0000");
        meta.field("colour").set(wall->object(), Literal("mauve"));
        EXPECT_THROW(full_clean(meta, wall->object()), ValidationError);
    });
}

TEST_F(OwnFields, HaveLookupsAndTransformsOfTheirOwn) {
    db::testing::with_database([] {
        register_transform("ColourField", "redness", [](Expr colour) {
            const std::vector<Expr> arguments{colour, expr::value(1), expr::value(2)};
            return expr::call("Substr", arguments);
        });
        register_lookup("ColourField", "brighter_than", [](Expr colour, Expr other) {
            return expr::lookup("gt", colour, other);
        });
        const ModelMeta& meta = meta_of<Wall>();
        const std::vector<const ModelMeta*> models{&meta};
        schema::create_tables(connection(), models);
        for (const char* colour : {"#ff0000", "#00ff00"}) Wall{.colour = colour}.save();
        EXPECT_EQ(Query(meta).filter(QNode(Name("colour__redness"), Literal("ff"))).count(), 1);
        EXPECT_EQ(Query(meta).filter(QNode(Name("colour__brighter_than"), Literal("#800000"))).count(), 1);
        EXPECT_EQ(Query(meta).filter(QNode(Name("colour__startswith"), Literal("00"))).count(), 1);
        EXPECT_THROW(Query(meta).filter(QNode(Name("id__redness"), Literal("ff"))).count(), FieldError);
    });
}

}  // namespace
}  // namespace nuages::db::models
