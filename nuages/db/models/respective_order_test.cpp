// Meta.order_with_respect_to: answers have an order among those of their question.
#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/respective_order.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/models.hpp>

#include <gtest/gtest.h>

namespace quiz {

namespace models = nuages::models;
using namespace nuages::literals;

struct Question : models::Model<Question> {
    BigAutoField id;
    CharField text{{.max_length = 80}};
    Reverse<struct Answer, "question"> answers;
};

struct Answer : models::Model<Answer> {
    BigAutoField id;
    ForeignKey<Question> question{{.on_delete = CASCADE}};
    CharField text{{.max_length = 80}};
    IntegerField _order{{.editable = false}};

    static models::Meta<Answer> meta() { return {.order_with_respect_to = "question"}; }
};

}  // namespace quiz

namespace nuages::db::models {
namespace {

using quiz::Answer;
using quiz::Question;
using namespace nuages::literals;

class RespectiveOrder : public ::testing::Test {
protected:
    void SetUp() override {
        if (const std::string reason = db::testing::missing_server(); !reason.empty()) GTEST_SKIP() << reason;
        list<Question, Answer>();
    }
    static void create() {
        const std::vector<const ModelMeta*> models{&meta_of<Question>(), &meta_of<Answer>()};
        schema::create_tables(connection(), models);
    }
    static std::string texts(const Question& question) {
        std::string all;
        for (const Answer& answer : question.answers.all()) all += answer.text + " ";
        return all;
    }
};

TEST_F(RespectiveOrder, ObjectsComeInTheOrderThatTheirOwnerGivesThem) {
    db::testing::with_database([] {
        create();
        const Question first = Question::objects.create({.text = "first"}), second = Question::objects.create({.text = "second"});
        for (const char* text : {"a", "b", "c"}) first.answers.create({.text = text});
        const Answer alone = second.answers.create({.text = "x"});
        EXPECT_EQ(texts(first), "a b c ");
        EXPECT_EQ(alone._order, 0);
        const std::vector<std::int64_t> keys = get_order<Answer>(first);
        ASSERT_EQ(keys.size(), 3u);
        const StatsScope scope;
        set_order<Answer>(first, {keys[2], keys[0], keys[1], alone.pk()});
        EXPECT_EQ(scope.stats().count, 1);
        EXPECT_EQ(texts(first), "c a b ");
        EXPECT_EQ(Answer::objects.get("text"_f = "x")._order, 0);  // of another question: left alone
        const Answer a = Answer::objects.get("text"_f = "a");
        EXPECT_EQ(get_next_in_order(a)->text, "b");
        EXPECT_EQ(get_previous_in_order(a)->text, "c");
        EXPECT_FALSE(get_next_in_order(*get_next_in_order(a)));
    });
}

TEST_F(RespectiveOrder, ModelsMadeFromDataGetTheColumnByThemselves) {
    ModelMeta question, answer;
    question.app_label = answer.app_label = "quiz";
    question.object_name = "Question";
    question.finish();
    answer.object_name = "Answer";
    Field to_question;
    to_question.name = "question";
    to_question.kind = FieldKind::foreign_key;
    to_question.relation.model = &question;
    answer.fields = {to_question};
    answer.order_with_respect_to = "question";
    answer.finish();
    EXPECT_EQ(answer.ordering, std::vector<std::string>{"_order"});
    EXPECT_EQ(field_class_name(answer.field("_order")), "OrderWrt");
    ModelMeta wrong;
    wrong.app_label = "quiz";
    wrong.object_name = "Wrong";
    wrong.order_with_respect_to = "nothing";
    EXPECT_THROW(wrong.finish(), ImproperlyConfigured);
}

}  // namespace
}  // namespace nuages::db::models
