// The shell session of Django's tutorial, part 2, in C++.
#include "models.hpp"

#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/utils/to_value.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace nuages;
using namespace polls;

namespace {

template <class F>
void with_polls(F&& test) {
    db::sqlite::with_memory_database([&] {
        std::vector<const db::models::ModelMeta*> metas;
        for (auto meta : models::list<Question, polls::Choice>()) metas.push_back(&meta());
        db::models::schema::create_tables(db::connection(), metas);
        test();
    });
}

TEST(Polls, TheTutorialsShellSessionWorks) {
    with_polls([] {
        EXPECT_FALSE(Question::objects.exists());
        Question q{.question_text = "What's new?", .pub_date = nuages::timezone::now()};
        q.save();
        EXPECT_EQ(q.id, 1);
        q.question_text = "What's up?";
        q.save();
        EXPECT_EQ(Question::objects.get("pk"_f = 1).str(), "What's up?");
        EXPECT_EQ(Question::objects.filter("question_text__startswith"_f = "What").count(), 1);
        EXPECT_EQ(Question::objects.filter("pub_date__year"_f = nuages::timezone::now().date().year()).count(), 1);
        EXPECT_THROW(Question::objects.get("id"_f = 2), Question::DoesNotExist);
        EXPECT_TRUE(q.was_published_recently());

        EXPECT_EQ(q.choices.count(), 0);
        q.choices.create({.choice_text = "Not much", .votes = 0});
        q.choices.create({.choice_text = "The sky", .votes = 0});
        auto c = q.choices.create({.choice_text = "Just hacking again", .votes = 0});
        EXPECT_EQ(c.question->question_text, "What's up?");
        EXPECT_EQ(q.choices.count(), 3);
        EXPECT_EQ(polls::Choice::objects.filter("question__pub_date__year"_f = nuages::timezone::now().date().year()).count(), 3);
        q.choices.filter("choice_text__startswith"_f = "Just hacking").delete_();
        EXPECT_EQ(q.choices.count(), 2);
    });
}

TEST(Polls, AVoteIsOneUpdate) {
    with_polls([] {
        Question q = Question::objects.create({.question_text = "?", .pub_date = nuages::timezone::now()});
        auto choice = q.choices.create({.choice_text = "Yes"});
        choice.update("votes"_f = "votes"_f + 1);
        choice.update("votes"_f = "votes"_f + 1);
        EXPECT_EQ(choice.votes, 2);
        EXPECT_EQ(Question::objects.filter("choices__votes__gte"_f = 2).distinct().count(), 1);
    });
}

TEST(Polls, TemplatesSeeFieldsMethodsAndRelatedRows) {
    with_polls([] {
        Question q = Question::objects.create({.question_text = "Why?", .pub_date = nuages::timezone::now()});
        q.choices.create({.choice_text = "Because"});
        q.choices.create({.choice_text = "Why not"});
        const nuages::Value value = nuages::value_of(q);
        EXPECT_EQ(value.get("question_text").str(), "Why?");
        EXPECT_EQ(value.str(), "Why?");
        EXPECT_EQ(value.get("pk").as_integer(), 1);
        EXPECT_TRUE(value.get("was_published_recently").truthy());
        EXPECT_TRUE(value.get("nothing").is_missing());
        std::string texts;
        value.get("choices").get("all").iterate([&](nuages::Value choice) {
            texts += choice.get("choice_text").str() + "<" + choice.get("question").get("question_text").str() + "> ";
            return true;
        });
        EXPECT_EQ(texts, "Because<Why?> Why not<Why?> ");
        EXPECT_EQ(value.get("choices").get("count").as_integer(), 2);

        const nuages::Value rows = nuages::value_owning(polls::Choice::objects.order_by("-choice_text"));
        EXPECT_EQ(rows.size(), 2);
        EXPECT_EQ(rows.at(0).get("choice_text").str(), "Why not");
        auto counted = Question::objects.annotate("n"_f = Count("choices"_f));
        const nuages::Value annotated = nuages::value_of(counted);
        EXPECT_EQ(annotated.at(0).get("n").as_integer(), 2);
        EXPECT_EQ(annotated.at(0).get("question_text").str(), "Why?");
    });
}

TEST(Polls, AQuerysetAndItsValuesShareOneFetch) {
    with_polls([] {
        for (const char* text : {"a", "b"}) Question::objects.create({.question_text = text, .pub_date = nuages::timezone::now()});
        const auto questions = Question::objects.order_by("id");
        const db::StatsScope scope;
        std::string texts;
        for (int i = 0; i < 2; ++i) texts += nuages::value_of(questions).at(static_cast<std::size_t>(i)).str();
        for (const Question& question : questions) texts += question.question_text;
        EXPECT_EQ(texts, "abab");
        EXPECT_EQ(scope.stats().count, 1);
    });
}

}  // namespace
