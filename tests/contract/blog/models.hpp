// The blog of the contract (docs: topics/models): articles with authors, tags and moderated comments.
#pragma once

#include <nuages/models.hpp>

#include <string>
#include <string_view>

namespace blog {

namespace models = nuages::models;
using namespace nuages::literals;

enum class Status { draft, published };
enum class Verdict { pending, approved, rejected };

struct Timestamps {
    models::DateTimeField created {{.auto_now_add = true}};
    models::DateTimeField updated {{.auto_now = true}};
};

struct Author : models::Model<Author> {
    BigAutoField                      id;
    CharField                         name     {{.max_length = 100}};
    EmailField                        email    {{.unique = true}};
    Reverse<struct Article, "author"> articles;

    std::string str() const { return name; }
};

struct Tag : models::Model<Tag> {
    BigAutoField                      id;
    SlugField                         name     {{.unique = true}};

    static models::Meta<Tag> meta() { return {.ordering = {"name"}}; }
    std::string str() const { return name; }
};

template <class Self>
struct ArticleQuerySet : models::QuerySetMethods<Self> {
    auto published() const { return this->self().filter("status"_f = Status::published); }
    auto search(std::string_view text) const {
        return this->self().filter(("title__icontains"_f = text) || ("body__icontains"_f = text));
    }
};

struct Article : models::Model<Article, ArticleQuerySet> {
    BigAutoField                       id;
    CharField                          title        {{.max_length = 200}};
    SlugField                          slug         {{.unique = true}};
    ForeignKey<Author>                 author       {{.on_delete = CASCADE}};
    TextField                          body;
    Choice<Status>                     status       {{.default_ = Status::draft, .db_index = true}};
    PositiveIntegerField               views        {{.default_ = 0}};
    Nullable<DateTimeField>            published_at {{.db_index = true}};
    Nullable<ForeignKey<Author>>       editor       {{.on_delete = SET_NULL, .related_query_name = "edited"}};
    ManyToManyField<Tag>               tags;
    ManyToManyField<Tag, "hidden">     hidden_tags;
    Embed<Timestamps>                  times;
    Reverse<struct Comment, "article"> comments;

    static models::Meta<Article> meta() { return {.ordering = {"-published_at"}}; }
    static const Manager published_articles;

    std::string str() const { return title; }
    std::string get_absolute_url() const { return "/blog/" + slug + "/"; }
    bool is_recent() const;
    void save(models::SaveOptions options = {});
    static consteval auto exposed() { return models::methods<&Article::get_absolute_url, &Article::is_recent>(); }
};

struct Comment : models::Model<Comment> {
    BigAutoField                      id;
    ForeignKey<Article>               article {{.on_delete = CASCADE}};
    CharField                         name    {{.max_length = 80}};
    TextField                         text;
    Choice<Verdict>                   verdict {{.default_ = Verdict::pending}};
    DateTimeField                     created {{.default_ = models::call<nuages::timezone::now>}};

    static models::Meta<Comment> meta() { return {.ordering = {"created"}}; }
    std::string str() const { return name + ": " + text; }
};

}  // namespace blog
