// Ranges in structs and in models made from data, against a server.
#include <nuages/contrib/postgres/aggregates.hpp>
#include <nuages/contrib/postgres/range_fields.hpp>
#include <nuages/core/validators/validation_error.hpp>
#include <nuages/db/backends/postgresql/testing.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/field_type.hpp>
#include <nuages/db/models/instance.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace hotel {

namespace models = nuages::models;
namespace postgres = nuages::postgres;

struct Booking : models::Model<Booking> {
    BigAutoField id;
    postgres::IntegerRangeField guests;
    models::Nullable<postgres::BigIntegerRangeField> serials;
    models::Nullable<postgres::DecimalRangeField> price;
    models::Nullable<postgres::DateRangeField> nights;
    models::Nullable<postgres::DateTimeRangeField> stay{{.db_index = true}};
    models::Nullable<postgres::IntegerRangeField> ages{{.validators = {[] { return postgres::RangeMinValueValidator(0); }, [] { return postgres::RangeMaxValueValidator(120); }}}};

    static models::Meta<Booking> meta() { return {.db_table = "booking"}; }
};

}  // namespace hotel

namespace nuages::postgres {
namespace {

using namespace literals;
using hotel::Booking;
using models::Literal;
using models::Name;
using models::QNode;
using models::Query;
using Ids = std::vector<std::int64_t>;

Date day(int of) { return Date::from_ymd(2024, 5, of); }

class Ranges : public testing::Test {
protected:
    void SetUp() override {
        std::string reason;
        if (!db::postgresql::TestCluster::shared(&reason)) GTEST_SKIP() << reason;
        for (auto meta : models::list<Booking>()) meta();
    }
    template <class F> void with_bookings(F&& f) {
        db::postgresql::with_database([&] {
            const std::vector<const models::ModelMeta*> all{&models::meta_of<Booking>()};
            models::schema::create_tables(db::connection(), all);
            f();
        });
    }
    static Ids ids(const auto& query) {
        Ids out;
        for (const auto& row : query.order_by("id")) out.push_back(row.id);
        return out;
    }
};

TEST_F(Ranges, ComeBackInTheServersForm) {
    with_bookings([] {
        const DateTime at = DateTime::from_ymdhms(2024, 5, 1, 12, 30, 0, 5);
        Booking{.guests = {1, 4, "[]"},
                .serials = Range<std::int64_t>(std::int64_t{1} << 40, std::nullopt),
                .price = Range<Decimal>(Decimal("1.50"), Decimal("2.50"), "(]"),
                .nights = Range<Date>(day(1), day(4)),
                .stay = Range<DateTime>(at, DateTime{at.microseconds + 1}, "[]")}
            .save();
        const Booking read = Booking::objects.get();
        EXPECT_EQ(read.guests, Range<std::int32_t>(1, 5));
        EXPECT_EQ(read.serials->lower(), std::int64_t{1} << 40);
        EXPECT_TRUE(read.serials->upper_inf());
        EXPECT_EQ(*read.price, Range<Decimal>(Decimal("1.50"), Decimal("2.50"), "(]"));
        EXPECT_EQ(*read.nights, Range<Date>(day(1), day(4)));
        EXPECT_EQ(*read.stay, Range<DateTime>(at, DateTime{at.microseconds + 1}, "[]"));
        Booking::objects.update("guests"_f = Range<std::int32_t>::empty(), "nights"_f = nullptr);
        const Booking again = Booking::objects.get();
        EXPECT_TRUE(again.guests.isempty());
        EXPECT_FALSE(again.nights);
        EXPECT_THROW(Range(1, 2, "[["), models::ValueError);
        Booking all;
        all.save();
        EXPECT_EQ(Booking::objects.get("id"_f = all.id).guests, Range<std::int32_t>());
        EXPECT_NE(models::schema::create_statements(db::connection(), models::meta_of<Booking>())[0].find("\"stay\" tstzrange NULL"), std::string::npos);
    });
}

TEST_F(Ranges, HaveLookupsAndTransforms) {
    with_bookings([] {
        Booking{.guests = {1, 5}, .serials = Range<std::int64_t>(1, 5), .price = Range<Decimal>(Decimal("0.5"), Decimal(2)), .nights = Range(day(1), day(5))}.save();
        Booking{.guests = {5, 9}, .nights = Range(day(4), day(9))}.save();
        Booking{.guests = {std::nullopt, 3}}.save();
        Booking{.guests = Range<std::int32_t>::empty()}.save();
        const auto& bookings = Booking::objects;
        EXPECT_EQ(ids(bookings.filter("guests"_f = Range(1, 4, "[]"))), Ids{1});
        EXPECT_EQ(ids(bookings.filter("guests__contains"_f = 2)), (Ids{1, 3}));
        EXPECT_EQ(ids(bookings.filter("serials__contains"_f = 2)), Ids{1});
        EXPECT_EQ(ids(bookings.filter("price__contains"_f = Decimal("1.25"))), Ids{1});
        EXPECT_EQ(ids(bookings.filter("nights__contains"_f = day(4))), (Ids{1, 2}));
        EXPECT_EQ(ids(bookings.filter("guests__contains"_f = Range(6, 7))), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__contained_by"_f = Range(0, 6))), (Ids{1, 4}));
        EXPECT_EQ(ids(bookings.filter("nights__overlap"_f = Range(day(5), day(7)))), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__fully_lt"_f = Range(5, 6))), (Ids{1, 3}));
        EXPECT_EQ(ids(bookings.filter("guests__fully_gt"_f = Range(1, 5))), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__not_lt"_f = Range(1, 2))), (Ids{1, 2}));
        EXPECT_EQ(ids(bookings.filter("guests__not_gt"_f = Range(1, 5))), (Ids{1, 3}));
        EXPECT_EQ(ids(bookings.filter("guests__adjacent_to"_f = Range(5, 6))), Ids{1});
        EXPECT_EQ(ids(bookings.filter("guests__gt"_f = Range(2, 3))), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__startswith"_f = 5)), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__endswith__lte"_f = 5)), (Ids{1, 3}));
        EXPECT_EQ(ids(bookings.filter("nights__startswith__day"_f = 4)), Ids{2});
        EXPECT_EQ(ids(bookings.filter("guests__isempty"_f = true)), Ids{4});
        EXPECT_EQ(ids(bookings.filter("guests__lower_inf"_f = true)), Ids{3});
        EXPECT_EQ(ids(bookings.filter("guests__lower_inc"_f = true, "guests__upper_inc"_f = false, "guests__upper_inf"_f = false)), (Ids{1, 2}));
        EXPECT_EQ(ids(bookings.filter("nights__isnull"_f = true)), (Ids{3, 4}));
        EXPECT_EQ(ids(bookings.filter("guests__overlap"_f = "guests"_f)), (Ids{1, 2, 3}));
        const auto rows = bookings.annotate("least"_f = "guests__startswith"_f, "all"_f = "nights"_f).order_by("id").list();
        EXPECT_EQ(rows[0]["least"_f], 1);
        EXPECT_EQ(rows[2]["least"_f], std::nullopt);
        EXPECT_EQ(*rows[1]["all"_f], Range(day(4), day(9)));
    });
}

TEST_F(Ranges, StayWithinTheirValidators) {
    const auto refused = [](std::optional<std::int32_t> lower, std::optional<std::int32_t> upper) -> std::string {
        try {
            Booking booking{.guests = {1, 2}, .ages = Range<std::int32_t>(lower, upper)};
            models::full_clean(models::meta_of<Booking>(), &booking, {.exclude = {"serials", "price", "nights", "stay"}});
            return "";
        } catch (const ValidationError& error) {
            return error.what();
        }
    };
    EXPECT_EQ(refused(0, 120), "");
    EXPECT_EQ(refused(18, 30), "");
    EXPECT_EQ(refused(-1, 30), "ages: Ensure that the lower bound of the range is not less than 0.");
    EXPECT_EQ(refused(18, 121), "ages: Ensure that the upper bound of the range is not greater than 120.");
    EXPECT_EQ(refused(18, std::nullopt), "ages: Ensure that the upper bound of the range is not greater than 120.");
    EXPECT_EQ(refused(std::nullopt, 30), "ages: Ensure that the lower bound of the range is not less than 0.");
}

TEST_F(Ranges, AreItemsOfLists) {
    with_bookings([] {
        Booking{.guests = {1, 5}, .nights = Range(day(1), day(5))}.save();
        Booking{.guests = Range<std::int32_t>::empty()}.save();
        Booking{.guests = {std::nullopt, 3}}.save();
        const auto all = Booking::objects.aggregate("guests"_f = ArrayAgg("guests"_f, {.order_by = {"id"}}),
                                                    "nights"_f = ArrayAgg("nights"_f, {.order_by = {"id"}}));
        const std::vector<Range<std::int32_t>> guests{{1, 5}, Range<std::int32_t>::empty(), {std::nullopt, 3, "()"}};
        EXPECT_EQ(*all["guests"_f], guests);
        EXPECT_EQ(all["nights"_f]->at(0), Range(day(1), day(5)));
        EXPECT_EQ(all["nights"_f]->at(1), std::nullopt);
        const auto [moods] = db::connection().query<std::vector<std::optional<std::string>>>("SELECT ARRAY['{\"a, }\"}', 'null', NULL, '']::varchar[]::text::text[]").at(0);
        EXPECT_EQ(moods, (std::vector<std::optional<std::string>>{"{\"a, }\"}", "null", std::nullopt, ""}));
        db::connection().execute("CREATE TYPE mood AS ENUM ('it''s, \"ok\"', 'NULL', 'a\\b')");
        const auto [list] = db::connection().query<std::vector<std::optional<std::string>>>("SELECT enum_range(NULL::mood) || NULL::mood").at(0);
        EXPECT_EQ(list, (std::vector<std::optional<std::string>>{"it's, \"ok\"", "NULL", "a\\b", std::nullopt}));
        EXPECT_THROW(db::connection().query<std::vector<std::string>>("SELECT 'no array'::text"), db::DataError);
        EXPECT_THROW(db::connection().query<std::vector<std::string>>("SELECT '{a,\"b'::text"), db::DataError);
    });
}

TEST_F(Ranges, AreMadeOfTwoColumns) {
    with_bookings([] {
        Booking{.guests = {1, 5}}.save();
        const auto row = Booking::objects.annotate("bounds"_f = RangeBoundary(true, true), "usual"_f = RangeBoundary()).list().at(0);
        EXPECT_EQ(row["bounds"_f], "[]");
        EXPECT_EQ(row["usual"_f], "[)");
    });
}

TEST_F(Ranges, OfModelsMadeFromData) {
    db::postgresql::with_database([] {
        models::ModelMeta meta;
        meta.app_label = "hotel";
        meta.object_name = "Room";
        meta.fields = {range_field("price", decimal_range_type), range_field("free", date_time_range_type)};
        meta.fields[1].null = true;
        meta.finish();
        const std::vector<const models::ModelMeta*> all{&meta};
        models::schema::create_tables(db::connection(), all);
        const Ref<models::Instance> room = models::Instance::create(meta);
        meta.field("price").set(room->object(), Literal(std::vector<Literal>{1, Literal::decimal("2.5")}));
        meta.field("free").set(room->object(), Literal(std::vector<Literal>{DateTime{0}, Literal(), "()"}));
        models::full_clean(meta, room->object());
        models::save(meta, room->object());
        const auto count = [&](const char* path, Literal value) { return Query(meta).filter(QNode(Name(path), std::move(value))).count(); };
        EXPECT_EQ(count("price__contains", 2), 1);
        EXPECT_EQ(count("price__contains", "2.1"), 1);
        EXPECT_EQ(count("price__overlap", "[2,3)"), 1);
        EXPECT_EQ(count("free__contains", DateTime{0}), 0);
        EXPECT_EQ(count("free__upper_inf", true), 1);
        EXPECT_THROW(count("price__overlap", 5), models::ValueError);
        EXPECT_THROW(count("price__overlap", "nonsense"), models::ValueError);
        const auto rows = Query(meta).values({"price", "free"}).rows();
        EXPECT_EQ(repr(rows[0][0]), "[Decimal('1'), Decimal('2.5'), '[)']");
        EXPECT_EQ(rows[0][1].list()[0], Literal(DateTime{0}));
        const models::FieldType& type = decimal_range_type;
        const std::string text = type.value_to_string(meta.field("price"), rows[0][0]);
        EXPECT_EQ(text, R"x({"lower": "1", "upper": "2.5", "bounds": "[)"})x");
        EXPECT_EQ(type.to_python(meta.field("price"), Literal(text)), rows[0][0]);
        meta.field("free").set(room->object(), Literal(std::vector<Literal>{DateTime{5}, DateTime{0}}));
        EXPECT_THROW(models::full_clean(meta, room->object()), ValidationError);
    });
}

}  // namespace
}  // namespace nuages::postgres
