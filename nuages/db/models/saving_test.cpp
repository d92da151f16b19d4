// What save() and delete() write, read back, refuse and tell: an order book made from data alone.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/models/signals.hpp>
#include <nuages/db/models/validation.hpp>
#include <nuages/db/stats.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace nuages::db::models {
namespace {

struct Book {
    Registry registry;
    ModelMeta order, line;

    Book() {
        order.app_label = line.app_label = "shop";
        order.object_name = "Order";
        Field number = of("number", FieldKind::char_);
        number.max_length = 12;
        number.unique = true;
        Field status = of("status", FieldKind::char_);
        status.max_length = 10;
        status.db_default = expr::value("new");
        status.choices = {{Literal("new"), "New"}, {Literal("paid"), "Paid"}};
        Field total = of("total", FieldKind::decimal);
        total.max_digits = 8;
        total.decimal_places = 2;
        total.has_default = true;
        total.default_value = Literal::decimal("0");
        Field email = of("email", FieldKind::char_);
        email.type_name = "EmailField";
        email.null = email.blank = true;
        order.fields = {number, status, total, email};
        order.constraints = {{"total_not_negative", {}, QNode("total__gte", Literal(0))},
                             {"number_any_case", {}, {}, {OrderBy(expr::lower(expr::F("number")))}}};
        order.finish();

        line.object_name = "Line";
        Field key;
        key.name = "pk";
        key.kind = FieldKind::composite;
        key.primary_key = true;
        key.parts = {"order", "line_no"};
        Field to_order = of("order", FieldKind::foreign_key);
        to_order.relation.model = &order;
        to_order.relation.related_name = "lines";
        Field cents = of("total_cents", FieldKind::big_integer);
        cents.generated = expr::combine(expr::F("quantity"), '*', expr::F("unit_cents"));
        line.fields = {key, to_order, of("line_no", FieldKind::integer), of("quantity", FieldKind::positive_integer),
                       of("unit_cents", FieldKind::integer), cents};
        line.finish();
        registry.add(order);
        registry.add(line);
    }

    static Field of(const char* name, FieldKind kind) {
        Field field;
        field.name = name;
        field.kind = kind;
        return field;
    }
};

using Values = std::initializer_list<std::pair<const char*, Literal>>;

class Writing : public ::testing::Test {
protected:
    Book book;

    static Ref<Instance> make(const ModelMeta& meta, Values values) {
        Ref<Instance> made = Instance::create(meta);
        initialize(meta, made->object());
        for (const auto& [name, value] : values) meta.field(name).set(made->object(), value);
        return made;
    }
    Ref<Instance> order(const char* number) {
        Ref<Instance> made = make(book.order, {{"number", number}});
        save(book.order, made->object());
        return made;
    }
    static Literal value(const Ref<Instance>& object, const char* name) {
        return object->meta().field(name).get(object->object());
    }
    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            const std::vector<const ModelMeta*> models{&book.order, &book.line};
            schema::create_tables(connection(), models);
            run();
        });
    }
    static std::string errors_of(const Ref<Instance>& object, CleanOptions options = {}) {
        try {
            full_clean(object->meta(), object->object(), options);
            return {};
        } catch (const ValidationError& error) {
            std::string out;
            for (const auto& [name, items] : error.fields()) {
                for (const auto& item : items) out += name + ": " + item.text() + " (" + item.code + ")\n";
            }
            return out;
        }
    }
};

TEST_F(Writing, ReadsBackWhatTheDatabaseMakes) {
    on_database([&] {
        const Ref<Instance> made = order("A-1");
        EXPECT_EQ(value(made, "id").integer(), 1);
        EXPECT_EQ(value(made, "status").text(), "new");
        const Ref<Instance> line =
            make(book.line, {{"order", 1}, {"line_no", 1}, {"quantity", 3}, {"unit_cents", 250}});
        save(book.line, line->object());
        EXPECT_EQ(value(line, "total_cents").integer(), 750);
        book.line.field("quantity").set(line->object(), Literal(4));
        save(book.line, line->object());
        EXPECT_EQ(value(line, "total_cents").integer(), 1000);
        EXPECT_EQ(Query(book.line).count(), 1);
    });
}

TEST_F(Writing, ExpressionsAreWrittenAndReadBack) {
    on_database([&] {
        const Ref<Instance> made = order("A-1");
        book.order.field("total").set(made->object(),
                                      Literal::expression(expr::combine(expr::F("total"), '+', expr::value(Literal(5)))));
        const StatsScope scope;
        save(book.order, made->object());
        EXPECT_EQ(scope.stats().count, 1);
        EXPECT_EQ(value(made, "total").text(), "5.00");
    });
}

TEST_F(Writing, RefusesWhatWouldBeLost) {
    on_database([&] {
        const Ref<Instance> made = make(book.order, {{"number", "x"}, {"id", 7}});
        EXPECT_THROW(save(book.order, made->object(), {.force_update = true, .update_fields = {}}), NotUpdated);
        EXPECT_THROW(save(book.order, made->object(), {.update_fields = {"number"}}), NotUpdated);
        EXPECT_THROW(save(book.order, made->object(), {.update_fields = {"nope"}}), ValueError);
        save(book.order, made->object());
        EXPECT_THROW(save(book.order, make(book.order, {{"number", "y"}, {"id", 7}})->object(),
                          {.force_insert = true, .update_fields = {}}),
                     IntegrityError);
        const Ref<Instance> line = make(book.line, {{"line_no", 1}, {"quantity", 1}, {"unit_cents", 1}});
        EXPECT_THROW(save(book.line, line->object()), IntegrityError);  // order_id is NULL
        EXPECT_THROW(save(book.order, make(book.order, {{"number", "z"}, {"total", "a lot"}})->object()), Error);
    });
}

TEST_F(Writing, NumbersThatDoNotFitGiveAClearError) {
    on_database([&] {
        const auto saved = [&](const char* name, Literal value) {
            const Ref<Instance> line =
                make(book.line, {{"order", 1}, {"line_no", 1}, {"quantity", 1}, {"unit_cents", 1}});
            book.line.field(name).set(line->object(), value);
            save(book.line, line->object());
        };
        EXPECT_THROW(saved("unit_cents", Literal("99999999999999999999")), Error);
        EXPECT_THROW(saved("unit_cents", Literal(std::nan(""))), Error);
        EXPECT_THROW(saved("unit_cents", Literal::decimal("1E+999999")), Error);
        EXPECT_THROW(saved("quantity", Literal("abc")), ValueError);
    });
}

TEST_F(Writing, ProtectedRowsTellWhatStandsInTheWay) {
    on_database([&] {
        order("A-1");
        const Ref<Instance> line =
            make(book.line, {{"order", 1}, {"line_no", 2}, {"quantity", 3}, {"unit_cents", 250}});
        save(book.line, line->object());
        const_cast<Field&>(book.line.field("order")).relation.on_delete = PROTECT;
        try {
            Query(book.order).delete_();
            FAIL();
        } catch (const ProtectedError& error) {
            EXPECT_STREQ(error.what(), "Cannot delete some instances of model 'Order' because they are referenced "
                                       "through protected foreign keys: 'Line.order'.");
            ASSERT_EQ(error.objects().size(), 1u);
            EXPECT_EQ(book.line.pk().get(error.objects()[0]->object()), Literal(std::vector<Literal>{1, 2}));
        }
        EXPECT_EQ(delete_object(book.line, line->object()).total, 1);
        EXPECT_EQ(Query(book.order).delete_().total, 1);
    });
}

TEST_F(Writing, SignalsAreSentForTheirModelOnly) {
    on_database([&] {
        std::string heard;
        const auto saved = signals::post_save().connect(
            [&](const signals::Save& event) { heard += event.created ? "created " : "changed "; },
            {.sender = &book.order});
        const auto deleted = signals::post_delete().connect(
            [&](const signals::Delete& event) {
                heard += "deleted " + event.meta.field("number").get(event.object).text();
            },
            {.sender = &book.order});
        const Ref<Instance> made = order("A-1");
        save(book.order, made->object());
        order("A-2");
        save(book.line,
             make(book.line, {{"order", 1}, {"line_no", 1}, {"quantity", 1}, {"unit_cents", 1}})->object());
        Query(book.order).filter(QNode("number", Literal("A-2"))).delete_();
        signals::post_save().disconnect(saved);
        signals::post_delete().disconnect(deleted);
        EXPECT_EQ(heard, "created changed created deleted A-2");
    });
}

TEST_F(Writing, FullCleanCollectsErrorsByField) {
    on_database([&] {
        order("A-1");
        EXPECT_EQ(errors_of(make(book.order, {{"number", "B-1"}})), "");
        EXPECT_EQ(errors_of(make(book.order, {{"number", "A-1"}})),
                  "number: Order with this Number already exists. (unique)\n");
        EXPECT_EQ(errors_of(make(book.order, {{"number", "a-1"}})),
                  "__all__: Constraint \xe2\x80\x9cnumber_any_case\xe2\x80\x9d is violated. ()\n");
        EXPECT_EQ(errors_of(make(book.order, {{"number", ""}, {"status", "lost"}, {"total", "12345678.5"}, {"email", "x"}})),
                  "number: This field cannot be blank. (blank)\n"
                  "status: Value 'lost' is not a valid choice. (invalid_choice)\n"
                  "total: Ensure that there are no more than 8 digits in total. (max_digits)\n"
                  "email: Enter a valid email address. (invalid)\n");
        EXPECT_EQ(errors_of(make(book.order, {{"number", "C"}, {"total", -1}})),
                  "__all__: Constraint \xe2\x80\x9ctotal_not_negative\xe2\x80\x9d is violated. ()\n");
        EXPECT_EQ(errors_of(make(book.order, {{"number", "C"}, {"total", -1}}), {.exclude = {"total"}}), "");
    });
}

TEST_F(Writing, AddressesAreStoredInTheirShortForm) {
    ModelMeta visit;
    visit.app_label = "shop";
    visit.object_name = "Visit";
    Field address;
    address.name = "address";
    address.kind = FieldKind::ip_address;
    address.unpack_ipv4 = true;
    visit.fields = {address};
    visit.finish();
    on_database([&] {
        const std::vector<const ModelMeta*> models{&visit};
        schema::create_tables(connection(), models);
        for (const char* text : {"2001:0DB8:0:0:0:0:0:1", "::ffff:10.0.0.1", "192.0.2.1"})
            save(visit, make(visit, {{"address", text}})->object());
        std::string stored;
        for (const auto& row : Query(visit).order_by({OrderBy(Name("id"))}).values({Name("address")}).rows()) stored += row[0].text() + " ";
        EXPECT_EQ(stored, "2001:db8::1 10.0.0.1 192.0.2.1 ");
        EXPECT_EQ(Query(visit).filter(QNode(Name("address"), Literal("2001:db8:0::1"))).count(), 1);
    });
}

TEST_F(Writing, SignalsTellOfModelsAndOfNewObjects) {
    std::string heard;
    ModelMeta visit;
    const auto prepared = signals::class_prepared().connect([&](const ModelMeta& meta) { heard += "model " + meta.label() + ", "; },
                                                            {.sender = &visit});
    const auto before = signals::pre_init().connect(
        [&](const signals::Init& event) { heard += event.meta.field("kind").get(event.object).is_null() ? "before, " : "late, "; },
        {.sender = &visit});
    const auto after = signals::post_init().connect(
        [&](const signals::Init& event) { heard += event.meta.field("kind").get(event.object).text(); }, {.sender = &visit});
    visit.app_label = "shop";
    visit.object_name = "Visit";
    Field kind = Book::of("kind", FieldKind::char_);
    kind.has_default = true;
    kind.default_call = [] { return Literal("short"); };
    visit.fields = {kind};
    visit.finish();
    Registry registry;
    registry.add(visit);
    const Ref<Instance> made = Instance::create(visit);
    initialize(visit, made->object());
    EXPECT_EQ(heard, "model shop.Visit, before, short");
    signals::class_prepared().disconnect(prepared);
    signals::pre_init().disconnect(before);
    signals::post_init().disconnect(after);
}

TEST_F(Writing, ChoicesOfARelationMayBeLimited) {
    on_database([&] {
        order("A-1");
        const Ref<Instance> line = make(book.line, {{"order", 1}, {"line_no", 1}, {"quantity", 1}, {"unit_cents", 1}});
        EXPECT_EQ(errors_of(line, {.adding = true}), "");
        Field& reference = *std::find_if(book.line.fields.begin(), book.line.fields.end(),
                                         [](const Field& field) { return field.name == "order"; });
        reference.relation.limit_choices_to = expr::condition(QNode(Name("status"), Literal("paid")));
        EXPECT_EQ(errors_of(line, {.adding = true}), "order: order instance with id 1 is not a valid choice. (invalid)\n");
        reference.relation.limit_choices_to = {};
    });
}

TEST_F(Writing, AnObjectIsNoConflictOfItself) {
    on_database([&] {
        const Ref<Instance> made = order("A-1");
        EXPECT_EQ(errors_of(made), "");
        EXPECT_NE(errors_of(made, {.adding = true}), "");
        const Ref<Instance> line =
            make(book.line, {{"order", 1}, {"line_no", 1}, {"quantity", 1}, {"unit_cents", 1}});
        save(book.line, line->object());
        EXPECT_EQ(errors_of(line, {.adding = true}),
                  "__all__: Line with this Order and Line no already exists. (unique_together)\n");
        EXPECT_EQ(errors_of(line), "");
        book.line.field("order").set(line->object(), Literal(99));
        EXPECT_EQ(errors_of(line, {.adding = true}),
                  "order: order instance with id 99 is not a valid choice. (invalid)\n");
    });
}

}  // namespace
}  // namespace nuages::db::models
