// What full_clean() refuses, field by field: models made from data, and the same options in a struct.
#include <nuages/core/validators/validators.hpp>
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace desk {

namespace models = nuages::models;
namespace validators = nuages::validators;

struct Note : models::Model<Note> {
    BigAutoField id;
    CharField title{{.max_length = 10, .unique_for_date = "written", .error_messages = {{"blank", "A title, please."}}}};
    DateField written;
    SlugField slug{{.allow_unicode = true, .blank = true}};
    EmailField email{{.blank = true}};
    URLField home{{.blank = true}};
    PositiveSmallIntegerField stars{{.validators = {[]() -> validators::ValidatorRef { return validators::MaxValueValidator(5); }}}};
    CharField state{{.max_length = 1, .default_ = "d", .choices = {{"d", "Draft"}, {"p", "Published"}}, .error_messages = {{"invalid_choice", "No %(value)s here."}}}};
};

}  // namespace desk

namespace nuages::db::models {
namespace {

using desk::Note;

std::string said(FunctionRef<void()> clean) {
    try {
        clean();
        return {};
    } catch (const ValidationError& error) {
        std::string out;
        for (const auto& [name, items] : error.fields()) {
            for (const auto& item : items) out += name + ": " + item.text() + " (" + item.code + ")\n";
        }
        return out;
    }
}

Field of(const char* name, FieldKind kind, const char* type = "") {
    Field field;
    field.name = name;
    field.kind = kind;
    field.type_name = type;
    return field;
}

// Said of one field with this value, without its name.
std::string said_of(const Field& field, const Literal& value) {
    try {
        (void)clean_value(field, value);
        return "clean";
    } catch (const ValidationError& error) {
        std::string out;
        for (const auto& item : error.items()) out += (out.empty() ? "" : " ") + item.code + ": " + item.text();
        return out;
    }
}

TEST(FieldCleaning, IntegersFitTheColumnsOfTheirDatabase) {
    db::testing::with_database([] {
        Field small = of("n", FieldKind::small_integer), natural = of("n", FieldKind::positive_integer);
        EXPECT_EQ(said_of(natural, Literal(-1)), "min_value: Ensure this value is greater than or equal to 0.");
        EXPECT_EQ(said_of(small, Literal("12")), "clean");
        EXPECT_EQ(said_of(small, Literal("x")), "invalid: \xe2\x80\x9cx\xe2\x80\x9d value must be an integer.");
        // SQLite bounds integers to 64 bits only.
        EXPECT_EQ(said_of(small, Literal(40000)),
                  db::testing::on_postgresql() ? "max_value: Ensure this value is less than or equal to 32767." : "clean");
        EXPECT_EQ(said_of(of("n", FieldKind::big_integer), Literal(std::numeric_limits<std::int64_t>::min())), "clean");
    });
}

TEST(FieldCleaning, AStricterLimitOfItsOwnStandsForTheDatabases) {
    db::testing::with_database([] {
        Field stars = of("stars", FieldKind::positive_integer);
        stars.validators = {validators::MinValueValidator(1), validators::MaxValueValidator(5)};
        EXPECT_EQ(said_of(stars, Literal(-3)), "min_value: Ensure this value is greater than or equal to 1.");
        EXPECT_EQ(said_of(stars, Literal(6)), "max_value: Ensure this value is less than or equal to 5.");
        stars.validators = {validators::MinValueValidator(-10)};  // the column takes no negative ones
        EXPECT_EQ(said_of(stars, Literal(-3)), "min_value: Ensure this value is greater than or equal to 0.");
    });
}

TEST(FieldCleaning, EachClassHasItsValidators) {
    db::testing::with_database([] {
        EXPECT_EQ(said_of(of("mail", FieldKind::char_, "EmailField"), Literal("x@")), "invalid: Enter a valid email address.");
        EXPECT_EQ(said_of(of("home", FieldKind::char_, "URLField"), Literal("no url")), "invalid: Enter a valid URL.");
        EXPECT_EQ(said_of(of("home", FieldKind::char_, "URLField"), Literal("https://example.org/")), "clean");
        Field slug = of("slug", FieldKind::char_, "SlugField");
        EXPECT_EQ(said_of(slug, Literal("\xc3\xa9t\xc3\xa9")),
                  "invalid: Enter a valid \xe2\x80\x9cslug\xe2\x80\x9d consisting of letters, numbers, underscores or hyphens.");
        slug.allow_unicode = true;
        EXPECT_EQ(said_of(slug, Literal("\xc3\xa9t\xc3\xa9")), "clean");
        EXPECT_EQ(said_of(slug, Literal("a b")), "invalid: Enter a valid \xe2\x80\x9cslug\xe2\x80\x9d consisting of Unicode "
                                                 "letters, numbers, underscores, or hyphens.");
        Field address = of("ip", FieldKind::ip_address);
        address.protocol = "IPv4";
        EXPECT_EQ(said_of(address, Literal("1.2.3")), "invalid: Enter a valid IPv4 address.");
        Field name = of("name", FieldKind::char_);
        name.max_length = 3;
        EXPECT_EQ(said_of(name, Literal("\xc3\xa4\xc3\xb6\xc3\xbc")), "clean");
        EXPECT_EQ(said_of(name, Literal("four")), "max_length: Ensure this value has at most 3 characters (it has 4).");
        Field path = of("path", FieldKind::char_, "FileField");  // its form field looks at the length
        path.max_length = 3;
        EXPECT_EQ(said_of(path, Literal("a/b.txt")), "clean");
    });
}

TEST(FieldCleaning, NullBlankAndChoices) {
    db::testing::with_database([] {
        Field name = of("name", FieldKind::char_);
        EXPECT_EQ(said_of(name, Literal()), "null: This field cannot be null.");
        EXPECT_EQ(said_of(name, Literal("")), "blank: This field cannot be blank.");
        name.null = true;
        EXPECT_EQ(said_of(name, Literal()), "blank: This field cannot be blank.");
        name.blank = true;
        EXPECT_EQ(said_of(name, Literal()), "clean");
        name.choices = {{Literal("a"), "A", "Letters"}, {Literal("1"), "One", "Digits"}};
        EXPECT_EQ(said_of(name, Literal("1")), "clean");
        EXPECT_EQ(said_of(name, Literal("b")), "invalid_choice: Value 'b' is not a valid choice.");
        name.editable = false;  // such fields are not validated, only what their validators say
        EXPECT_EQ(said_of(name, Literal("b")), "clean");
    });
}

TEST(FieldCleaning, MessagesMayBeTheFieldsOwn) {
    db::testing::with_database([] {
        Field mail = of("mail", FieldKind::char_, "EmailField");
        mail.error_messages = {{"invalid", "No address: %(value)s"}, {"null", "Where to?"}};
        EXPECT_EQ(said_of(mail, Literal("x")), "invalid: No address: x");
        EXPECT_EQ(said_of(mail, Literal()), "null: Where to?");
        EXPECT_EQ(said_of(mail, Literal("")), "blank: This field cannot be blank.");
    });
}

TEST(FieldCleaning, ValuesAreUniqueForADay) {
    ModelMeta post;
    post.app_label = "desk";
    post.object_name = "Post";
    Field slug = of("slug", FieldKind::char_, "SlugField");
    slug.unique_for_date = "day";
    Field title = of("title", FieldKind::char_);
    title.max_length = 20;
    title.unique_for_month = "day";
    title.error_messages = {{"unique_for_date", "%(field_label)s: once a %(lookup_type)s."}};
    Field code = of("code", FieldKind::integer);
    code.unique_for_year = "day";
    post.fields = {slug, title, code, of("day", FieldKind::date)};
    post.finish();
    db::testing::with_database([&] {
        const std::vector<const ModelMeta*> models{&post};
        schema::create_tables(connection(), models);
        const auto make = [&](const char* slug_, const char* title_, int code_, Date day) {
            const Ref<Instance> made = Instance::create(post);
            initialize(post, made->object());
            post.field("slug").set(made->object(), Literal(slug_));
            post.field("title").set(made->object(), Literal(title_));
            post.field("code").set(made->object(), Literal(code_));
            post.field("day").set(made->object(), Literal(day));
            return made;
        };
        const auto errors = [&](const Ref<Instance>& object) {
            return said([&] { full_clean(post, object->object()); });
        };
        const Ref<Instance> first = make("a", "One", 1, Date::from_ymd(2024, 5, 17));
        save(post, first->object());
        EXPECT_EQ(errors(first), "");
        EXPECT_EQ(errors(make("a", "Two", 2, Date::from_ymd(2024, 5, 17))), "slug: Slug must be unique for Day date. (unique_for_date)\n");
        EXPECT_EQ(errors(make("a", "Two", 2, Date::from_ymd(2024, 5, 18))), "");
        // As in Django the month counts, whatever its year.
        EXPECT_EQ(errors(make("b", "One", 2, Date::from_ymd(2025, 5, 1))), "title: Title: once a month. (unique_for_date)\n");
        EXPECT_EQ(errors(make("b", "Two", 1, Date::from_ymd(2024, 1, 1))), "code: Code must be unique for Day year. (unique_for_date)\n");
        EXPECT_EQ(errors(make("b", "Two", 1, Date::from_ymd(2023, 1, 1))), "");
    });
}

TEST(FieldCleaning, StructsTakeTheSameOptions) {
    db::testing::with_database([] {
        const std::vector<const ModelMeta*> models{&nuages::db::models::meta_of<Note>()};
        (void)nuages::models::list<Note>();
        schema::create_tables(connection(), models);
        const auto errors = [](Note note) { return said([&] { note.full_clean(); }); };
        const Date day = Date::from_ymd(2024, 5, 17);
        EXPECT_EQ(errors({.title = "A", .written = day, .slug = "\xc3\xa9", .email = "a@example.org", .home = "http://a.org"}), "");
        EXPECT_EQ(errors({.written = day, .slug = "a b", .email = "a", .home = "b", .stars = 6, .state = "x"}),
                  "title: A title, please. (blank)\n"
                  "slug: Enter a valid \xe2\x80\x9cslug\xe2\x80\x9d consisting of Unicode letters, numbers, underscores, or hyphens. (invalid)\n"
                  "email: Enter a valid email address. (invalid)\n"
                  "home: Enter a valid URL. (invalid)\n"
                  "stars: Ensure this value is less than or equal to 5. (max_value)\n"
                  "state: No x here. (invalid_choice)\n");
        EXPECT_EQ(errors({.title = "eleven chars", .written = day}),
                  "title: Ensure this value has at most 10 characters (it has 12). (max_length)\n");
        Note::objects.create({.title = "A", .written = day});
        EXPECT_EQ(errors({.title = "A", .written = day}), "title: Title must be unique for Written date. (unique_for_date)\n");
    });
}

}  // namespace
}  // namespace nuages::db::models
