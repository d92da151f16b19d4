// What the describing pass makes of a struct: ModelMeta as Django would have it.
#include <nuages/db/models/functions.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace shop {

namespace models = nuages::models;
using namespace nuages::literals;

enum class State { open, in_review, closed_ };

std::string fresh_code() { return "c-1"; }

struct Audit {
    models::DateTimeField created{{.auto_now_add = true}};
    models::Nullable<models::CharField> note{{.max_length = 20}};
};

struct Customer : models::Model<Customer> {
    BigAutoField id;
    CharField name{{.max_length = 40, .default_ = "anonymous", .help_text = "as on letters"}};
    EmailField email{{.unique = true}};
    Reverse<struct Order, "customer"> orders;
};

struct Item : models::Model<Item> {
    CharField code{{.max_length = 8, .default_ = models::call<fresh_code>, .primary_key = true}};
    BooleanField listed{{.default_ = true}};
};

struct Unlisted : models::Model<Unlisted> {
    BigAutoField id;
};

struct Order : models::Model<Order> {
    BigAutoField id;
    ForeignKey<Customer> customer{{.on_delete = PROTECT}};
    Nullable<ForeignKey<Order>> previous{{.on_delete = SET_NULL}};
    Choice<State> state{{.default_ = State::in_review}};
    SlugField slug;
    FloatField total{{.default_ = 1.5, .db_column = "sum"}};
    Embed<Audit> audit;
    int scratch = 0;  // no field

    static models::Meta<Order> meta() {
        return {.ordering = {"-total", "customer__name"},
                .db_table = "orders",
                .indexes = {{.fields = {"slug", "-total"}, .name = "slug_total"},
                            {.name = "slug_lower", .expressions = {models::functions::Lower("slug"_f)}, .condition = ("total__gt"_f = 3.0)}},
                .unique_together = {{"customer", "slug"}},
                .constraints = {{.fields = {"slug"}, .name = "open_slug", .condition = ("state"_f = State::open)},
                                {.name = "one_slug", .expressions = {models::functions::Lower("slug"_f)}, .violation_error_code = "taken"},
                                {.fields = {"slug"}, .name = "late", .deferrable = models::Constraint::Deferrable::deferred}},
                .default_related_name = "all_orders",
                .db_table_comment = "what was bought"};
    }
    std::string str() const { return slug; }
};

}  // namespace shop

using namespace shop;
using nuages::db::models::Field;
using nuages::db::models::FieldKind;
using nuages::db::models::meta_of;

namespace {

TEST(DescribingPass, NamesModelsByTheirNamespace) {
    EXPECT_EQ(meta_of<Customer>().label(), "shop.Customer");
    EXPECT_EQ(meta_of<Customer>().db_table, "shop_customer");
    EXPECT_EQ(meta_of<Order>().db_table, "orders");
}

TEST(DescribingPass, ReadsTypesAndOptionsOfFields) {
    const Field& name = meta_of<Customer>().field("name");
    EXPECT_EQ(name.kind, FieldKind::char_);
    EXPECT_EQ(name.max_length, 40);
    EXPECT_EQ(name.help_text, "as on letters");
    EXPECT_TRUE(name.has_default);
    EXPECT_EQ(name.default_value.text(), "anonymous");
    EXPECT_EQ(meta_of<Customer>().field("email").max_length, 254);
    EXPECT_TRUE(meta_of<Customer>().field("email").unique);
    EXPECT_TRUE(meta_of<Order>().field("slug").has_index());
    EXPECT_EQ(meta_of<Order>().field("slug").max_length, 50);
    EXPECT_EQ(meta_of<Order>().field("total").column, "sum");
    EXPECT_EQ(meta_of<Order>().find("scratch"), nullptr);
}

TEST(DescribingPass, DescribesRelations) {
    const Field& customer = meta_of<Order>().field("customer");
    EXPECT_EQ(customer.column, "customer_id");
    EXPECT_FALSE(customer.null);
    EXPECT_EQ(customer.relation.on_delete, nuages::db::models::OnDelete::PROTECT);
    EXPECT_EQ(&customer.target(), &meta_of<Customer>());
    EXPECT_TRUE(meta_of<Order>().field("previous").null);
    EXPECT_EQ(&meta_of<Order>().field("previous").target(), &meta_of<Order>());
    EXPECT_EQ(meta_of<Customer>().field("orders").relation.via, "customer");
    EXPECT_FALSE(meta_of<Customer>().field("orders").concrete());
}

TEST(DescribingPass, EmbedsGroupsOfFields) {
    EXPECT_TRUE(meta_of<Order>().field("created").auto_now_add);
    EXPECT_TRUE(meta_of<Order>().field("note").null);
    Order order;
    order.audit.note = "x";
    EXPECT_EQ(meta_of<Order>().field("note").get(&order).text(), "x");
}

TEST(DescribingPass, ChoicesAreTheEnumeratorsNames) {
    const Field& state = meta_of<Order>().field("state");
    ASSERT_EQ(state.choices.size(), 3u);
    EXPECT_EQ(state.choices[1].value.text(), "in_review");
    EXPECT_EQ(state.choices[1].label, "In Review");
    EXPECT_EQ(state.choices[2].value.text(), "closed");
    EXPECT_EQ(state.max_length, 9);
    EXPECT_EQ(state.default_value.text(), "in_review");
    EXPECT_EQ(Order().state, State::in_review);
}

TEST(DescribingPass, CallableDefaultsRunForNewObjectsOnly) {
    EXPECT_EQ(Item().code, "c-1");
    const Field& code = meta_of<Item>().field("code");
    EXPECT_TRUE(code.primary_key);
    ASSERT_NE(code.default_call, nullptr);
    EXPECT_EQ(code.default_call().text(), "c-1");
    nuages::db::models::RowList rows(meta_of<Item>(), *meta_of<Item>().ops);
    EXPECT_EQ(static_cast<Item*>(rows.append())->code, "");
}

TEST(DescribingPass, AModelThatNoAppListsSaysSo) {
    try {
        Unlisted::objects.count();
        FAIL() << "a model without an app answered a query";
    } catch (const nuages::ImproperlyConfigured& error) {
        EXPECT_STREQ(error.what(),
                     "The model shop::Unlisted is not loaded: name it in the models of its App, models::list<shop::Unlisted>().");
    }
    models::list<Unlisted>();
    EXPECT_EQ(Unlisted::objects.query().meta().label(), "shop.Unlisted");
}

TEST(DescribingPass, TakesTheModelsMeta) {
    const auto& meta = meta_of<Order>();
    EXPECT_EQ(meta.ordering, (std::vector<std::string>{"-total", "customer__name"}));
    ASSERT_EQ(meta.indexes.size(), 2u);
    EXPECT_EQ(meta.indexes[1].expressions.size(), 1u);
    EXPECT_TRUE(meta.indexes[1].condition.has_value());
    EXPECT_EQ(meta.default_related_name, "all_orders");
    EXPECT_EQ(meta.db_table_comment, "what was bought");
    EXPECT_EQ(meta.indexes[0].fields, (std::vector<std::string>{"slug", "-total"}));
    EXPECT_EQ(meta.unique_together, (std::vector<std::vector<std::string>>{{"customer", "slug"}}));
    ASSERT_EQ(meta.constraints.size(), 3u);
    EXPECT_EQ(meta.constraints[1].violation_error_code, "taken");
    EXPECT_EQ(meta.constraints[2].deferrable, models::Constraint::Deferrable::deferred);
    EXPECT_TRUE(meta.constraints[0].condition.has_value());
}

TEST(FieldValues, TakeTheirOwnKindOfValueOnly) {
    static_assert(!std::is_convertible_v<const char*, nuages::db::models::BooleanField>);
    static_assert(!std::is_convertible_v<int, nuages::db::models::BooleanField>);
    static_assert(!std::is_convertible_v<double, nuages::db::models::IntegerField>);
    static_assert(!std::is_convertible_v<bool, nuages::db::models::IntegerField>);
    static_assert(std::is_convertible_v<int, nuages::db::models::FloatField>);
    static_assert(std::is_convertible_v<nuages::db::models::IntegerField, nuages::db::models::BigIntegerField>);
    static_assert(!std::is_convertible_v<int, nuages::db::models::CharField>);
    static_assert(std::is_copy_constructible_v<Customer> && std::is_move_constructible_v<Customer>);
    static_assert(!std::is_constructible_v<decltype(Customer::orders), const decltype(Customer::orders)&>);
    Item a{.code = "x"}, b{.code = "x", .listed = false};
    EXPECT_EQ(a, b);
    EXPECT_EQ(a.pk(), "x");
}

}  // namespace
