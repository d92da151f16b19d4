// For tests: the models of a small book shop, made from data alone, and the SQL of a query with its values filled in.
#pragma once

#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/query.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nuages::db::models::testing {

struct Flags {
    bool null = false, unique = false;
};

struct Shop {
    Registry registry;
    ModelMeta publisher, author, category, book, review, store;

    Shop() {
        begin(publisher, "Publisher");
        publisher.fields = {text("name", 100), text("city", 50), number("num_awards")};
        publisher.fields[0].unique = true;
        publisher.ordering = {"name"};

        begin(author, "Author");
        author.fields = {text("first_name", 50),
                         text("last_name", 50),
                         text("email", 254, {.null = true}),
                         number("age", {.null = true}),
                         foreign("mentor", author, {.null = true}, "mentees"),
                         many("friends", author)};
        author.fields.back().relation.symmetrical = true;
        author.fields[4].relation.on_delete = SET_NULL;
        author.ordering = {"last_name", "first_name"};

        begin(category, "Category");
        category.fields = {text("name", 60), foreign("parent", category, {.null = true}, "children")};
        category.verbose_name_plural = "categories";

        begin(book, "Book");
        book.fields = {text("title", 200),
                       foreign("publisher", publisher, {}, "books"),
                       foreign("category", category, {.null = true}, "books"),
                       number("pages"),
                       of("rating", FieldKind::float_, {.null = true}),
                       of("published", FieldKind::date, {.null = true}),
                       of("created", FieldKind::date_time),
                       of("in_print", FieldKind::boolean),
                       many("authors", author, "books")};
        book.fields[2].relation.on_delete = SET_NULL;
        book.fields[7].has_default = true;
        book.fields[7].default_value = Literal(true);

        begin(review, "Review");
        review.fields = {foreign("book", book, {}, "reviews"), text("reviewer", 60), number("score"),
                         of("verified", FieldKind::boolean, {.null = true})};

        begin(store, "Store");
        store.fields = {text("name", 80), foreign("flagship_of", publisher, {.null = true}, "flagship"),
                        foreign("best", book, {.null = true}, "stores")};
        store.fields[1].kind = FieldKind::one_to_one;
        store.fields[2].relation.on_delete = PROTECT;

        for (ModelMeta* meta : models()) {
            meta->finish();
            registry.add(*meta);
        }
    }

    std::vector<ModelMeta*> models() { return {&publisher, &author, &category, &book, &review, &store}; }

private:
    static void begin(ModelMeta& meta, const char* name) {
        meta.app_label = "shop";
        meta.object_name = name;
    }
    static Field of(const char* name, FieldKind kind, Flags flags = {}) {
        Field field;
        field.name = name;
        field.kind = kind;
        field.null = flags.null;
        return field;
    }
    static Field text(const char* name, int length, Flags flags = {}) {
        Field field = of(name, FieldKind::char_, flags);
        field.max_length = length;
        return field;
    }
    static Field number(const char* name, Flags flags = {}) { return of(name, FieldKind::integer, flags); }
    static Field foreign(const char* name, const ModelMeta& to, Flags flags = {}, const char* related = "") {
        Field field = of(name, FieldKind::foreign_key, flags);
        field.relation.model = &to;
        field.relation.related_name = related;
        field.db_index = true;
        return field;
    }
    static Field many(const char* name, const ModelMeta& to, const char* related = "") {
        Field field = of(name, FieldKind::many_to_many);
        field.relation.model = &to;
        field.relation.related_name = related;
        return field;
    }
};

/// The statement with each placeholder replaced by its value, as Django's str(query) shows it.
inline std::string filled(const SqlText& sql) {
    std::string out;
    std::size_t next = 0;
    for (const char c : sql.text) {
        if (c == '?')
            out += sql.parameters[next++];
        else
            out += c;
    }
    return out;
}

}  // namespace nuages::db::models::testing
