// The polls of Django's tutorial.
#pragma once

#include <nuages/models.hpp>

#include <string>

namespace polls {

namespace models = nuages::models;
using namespace nuages::literals;

struct Choice;

struct Question : models::Model<Question> {
    BigAutoField                       id;
    CharField                          question_text {{.max_length = 200}};
    DateTimeField                      pub_date      {{.verbose_name = "date published"}};
    Reverse<polls::Choice, "question"> choices;  // qualified: inside a model, Choice is the field type

    std::string str() const { return question_text; }
    bool was_published_recently() const {
        const auto now = nuages::timezone::now();
        return now - nuages::days(1) <= pub_date && pub_date <= now;
    }
    static consteval auto exposed() { return models::methods<&Question::was_published_recently>(); }
};

struct Choice : models::Model<Choice> {
    BigAutoField         id;
    ForeignKey<Question> question    {{.on_delete = CASCADE}};
    CharField            choice_text {{.max_length = 200}};
    IntegerField         votes       {{.default_ = 0}};

    std::string str() const { return choice_text; }
};

}  // namespace polls
