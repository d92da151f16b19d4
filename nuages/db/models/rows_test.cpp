#include <nuages/db/backends/testing.hpp>
#include <nuages/db/models/instance_extras.hpp>
#include <nuages/db/models/prefetch.hpp>
#include <nuages/db/models/detail/peers.hpp>
#include <nuages/db/models/detail/shop_models.hpp>
#include <nuages/db/models/func.hpp>
#include <nuages/db/models/related.hpp>
#include <nuages/db/models/saving.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/db/stats.hpp>
#include <nuages/db/transaction.hpp>

#include <gtest/gtest.h>

namespace nuages::db::models {
namespace {

class Rows : public ::testing::Test {
protected:
    testing::Shop shop;
    Query books{shop.book}, authors{shop.author}, publishers{shop.publisher}, reviews{shop.review}, stores{shop.store},
        categories{shop.category};

    using Values = std::initializer_list<std::pair<const char*, Literal>>;

    static QNode q(const char* path, Literal value) { return {Name(path), std::move(value)}; }
    static Ref<Instance> make(const ModelMeta& meta, Values values) {
        Ref<Instance> made = Instance::create(meta);
        for (const auto& [name, value] : values) meta.field(name).set(made->object(), value);
        return made;
    }
    static Ref<Instance> create(const ModelMeta& meta, Values values) {
        Ref<Instance> made = make(meta, values);
        save(meta, made->object());
        return made;
    }
    Ref<Instance> book(const char* title, std::int64_t publisher, std::int64_t pages) {
        return create(shop.book, {{"title", title},
                                  {"publisher", publisher},
                                  {"pages", pages},
                                  {"created", Literal(DateTime::from_ymdhms(2024, 3, 5, 10, 30))},
                                  {"published", Literal(Date::from_ymd(2020, 5, static_cast<int>(pages % 28) + 1))}});
    }
    static std::int64_t pk(const Instance& instance) { return instance.meta().pk().get(instance.object()).integer(); }
    static std::string text(const ObjectList& list, std::size_t i, const ModelMeta& meta, const char* field) {
        return repr(meta.field(field).get(const_cast<ObjectList&>(list).at(i)));
    }
    static Ref<ObjectList> fetched(const Query& query) {
        Ref<ObjectList> list = query.meta().ops->make_list(query.meta());
        query.fetch(*list);
        return list;
    }
    /// The rows of a values() query as text: "1 'a'|2 'b'".
    static std::string rows(const Query& query) {
        std::string out;
        query.each([&](std::span<const Cell> cells) {
            if (!out.empty()) out += '|';
            for (std::size_t i = 0; i < cells.size(); ++i) {
                if (i) out += ' ';
                switch (cells[i].kind()) {
                    case CellKind::null: out += "None"; break;
                    case CellKind::integer: out += std::to_string(cells[i].integer()); break;
                    case CellKind::real: out += repr(Literal(cells[i].real())); break;
                    case CellKind::date: out += Date{cells[i].integer()}.iso(); break;
                    case CellKind::datetime: out += DateTime{cells[i].integer()}.date().iso(); break;
                    default: out += cells[i].text();
                }
            }
        });
        return out;
    }
    static std::int64_t queries(FunctionRef<void()> run) {
        const StatsScope scope;
        run();
        return scope.stats().count;
    }
    template <class Error> static std::string refused(FunctionRef<void()> run) {
        try {
            run();
        } catch (const Error& error) {
            return error.what();
        }
        return "not refused";
    }

    /// Two publishers; Ada (1) and Bob (2); four books, the first by both.
    void fill() {
        create(shop.publisher, {{"name", "Fir"}, {"city", "Boston"}, {"num_awards", 3}});
        create(shop.publisher, {{"name", "Oak"}, {"city", "London"}, {"num_awards", 5}});
        create(shop.author, {{"first_name", "Ada"}, {"last_name", "B"}, {"age", 40}});
        create(shop.author, {{"first_name", "Bob"}, {"last_name", "A"}, {"mentor", 1}});
        for (std::int64_t i = 1; i <= 4; ++i) book(("Book " + std::to_string(i)).c_str(), i % 2 + 1, i * 100);
        const Literal both[] = {1, 2};
        const Literal ada[] = {1};
        m2m_add(authors_field(), fetched(books.filter(q("id", 1)))->at(0), both);
        m2m_add(authors_field(), fetched(books.filter(q("id", 2)))->at(0), ada);
    }
    const Field& authors_field() { return shop.book.field("authors"); }

    void on_database(FunctionRef<void()> run) {
        db::testing::with_database([&] {
            const std::vector<ModelMeta*> all = shop.models();
            const std::vector<const ModelMeta*> models(all.begin(), all.end());
            schema::create_tables(connection(), models);
            run();
        });
    }
};

TEST_F(Rows, SavingSetsTheKeyAndSavingAgainUpdates) {
    on_database([&] {
        Ref<Instance> fir = create(shop.publisher, {{"name", "Fir"}, {"city", "Boston"}, {"num_awards", 0}});
        EXPECT_EQ(pk(*fir), 1);
        shop.publisher.field("city").set(fir->object(), Literal("Rome"));
        EXPECT_EQ(queries([&] { save(shop.publisher, fir->object()); }), 1);
        EXPECT_EQ(rows(publishers.values({"id", "name", "city"})), "1 Fir Rome");

        Ref<Instance> late = make(shop.publisher, {{"id", 7}, {"name", "Late"}, {"city", ""}, {"num_awards", 0}});
        EXPECT_EQ(queries([&] { save(shop.publisher, late->object()); }), 2);
        EXPECT_EQ(publishers.count(), 2);
    });
}

TEST_F(Rows, AFailedSaveDoomsTheBlockItStandsIn) {
    on_database([&] {
        create(shop.publisher, {{"name", "Fir"}, {"city", "Boston"}, {"num_awards", 1}});
        EXPECT_EQ(refused<TransactionManagementError>([&] {
                      atomic([&] {
                          EXPECT_THROW(create(shop.publisher, {{"name", "Fir"}, {"city", ""}, {"num_awards", 0}}), IntegrityError);
                          publishers.count();
                      });
                  }),
                  "An error occurred in the current transaction. You can't execute queries until the end of the 'atomic' block.");
        atomic([&] {
            EXPECT_THROW(atomic([&] { create(shop.publisher, {{"name", "Fir"}, {"city", ""}, {"num_awards", 0}}); }), IntegrityError);
            create(shop.publisher, {{"name", "Oak"}, {"city", ""}, {"num_awards", 0}});
        });
        EXPECT_EQ(publishers.count(), 2);
    });
}

TEST_F(Rows, SelectRelatedReadsTheObjectsOfAFilteredRelation) {
    on_database([&] {
        fill();
        const QNode in_london = q("publisher__city", "London");
        const Query both = books.annotate(Name("londoner"), expr::filtered_relation(Name("publisher"), in_london))
                               .select_related({"londoner"})
                               .order_by({"id"});
        std::vector<Ref<Instance>> found;
        EXPECT_EQ(queries([&] { found = both.instances(); }), 1);
        ASSERT_EQ(found.size(), 2u);  // a foreign key that is never null is joined INNER, its condition too
        for (const Ref<Instance>& one : found) {
            ASSERT_TRUE(one->extras());
            const auto& [name, state] = one->extras()->relations.at(0);
            EXPECT_EQ(name, "londoner");
            const auto* londoner = dynamic_cast<const Instance*>(state.get());
            ASSERT_TRUE(londoner);
            EXPECT_EQ(repr(shop.publisher.field("name").get(londoner->object())), "'Oak'");
        }
    });
}

TEST_F(Rows, ASlicedPrefetchHoldsForEachOwner) {
    on_database([&] {
        fill();
        const Prefetch longest(Name("books"), books.order_by({"-pages"}).slice(0, 1));
        std::vector<Ref<Instance>> found;
        EXPECT_EQ(queries([&] { found = publishers.order_by({"id"}).prefetch_lookups({longest}).instances(); }), 2);
        std::string seen;
        for (const Ref<Instance>& publisher : found) {
            for (const auto& [name, state] : publisher->extras()->relations) {
                const auto* list = dynamic_cast<const InstanceList*>(state.get());
                ASSERT_TRUE(list) << name;
                for (const Ref<Instance>& book : list->items) seen += repr(shop.book.field("title").get(book->object()));
            }
        }
        EXPECT_EQ(seen, "'Book 4''Book 3'");
        const Prefetch second(Name("authors"), authors.order_by({"id"}).slice(1, 1));
        seen.clear();
        for (const Ref<Instance>& book : books.order_by({"id"}).prefetch_lookups({second}).instances()) {
            for (const auto& [name, state] : book->extras()->relations) {
                const auto* list = dynamic_cast<const InstanceList*>(state.get());
                ASSERT_TRUE(list) << name;
                for (const Ref<Instance>& author : list->items) seen += repr(shop.author.field("first_name").get(author->object()));
                seen += ';';
            }
        }
        EXPECT_EQ(seen, "'Bob';;;;");
    });
}

TEST_F(Rows, AFunctionOfTheProgramsOwnHasATemplate) {
    on_database([&] {
        fill();
        const Expr padded = expr::func({expr::F(Name("pages")), expr::value(Literal(7))},
                                       {.template_ = "(%(expressions)s %% 1000)", .arg_joiner = " + ", .output = {FieldKind::integer, nullptr, true}});
        EXPECT_EQ(rows(books.annotate(Name("x"), padded).order_by({"id"}).values({"x"})), "107|207|307|407");
        EXPECT_EQ(refused<TypeError>([&] { expr::func({}, {.function = "F", .arity = 1}); }), "'F' takes exactly 1 argument (0 given)");
        EXPECT_EQ(refused<ValueError>([&] { expr::func({}, {.template_ = "%(nope)s"}); }),
                  "The template of Func() names 'nope', which was not given.");
        EXPECT_EQ(refused<ValueError>([&] { expr::func({}, {.function = "F(); --"}); }),
                  "A function's name has letters, digits, underscores and dots only.");
    });
}

TEST_F(Rows, SaveOptionsFollowDjangosRules) {
    on_database([&] {
        Ref<Instance> fir = create(shop.publisher, {{"name", "Fir"}, {"city", "Boston"}, {"num_awards", 1}});
        shop.publisher.field("city").set(fir->object(), Literal("Rome"));
        shop.publisher.field("name").set(fir->object(), Literal("Changed"));
        SaveOptions narrow;
        narrow.update_fields = {"city"};
        save(shop.publisher, fir->object(), narrow);
        EXPECT_EQ(rows(publishers.values({"name", "city"})), "Fir Rome");
        narrow.update_fields = {"nope"};
        EXPECT_EQ(refused<ValueError>([&] { save(shop.publisher, fir->object(), narrow); }),
                  "The following fields do not exist in this model, are m2m fields, primary keys, or are non-concrete "
                  "fields: nope");
        SaveOptions insert;
        insert.force_insert = true;
        EXPECT_EQ(refused<IntegrityError>([&] { save(shop.publisher, fir->object(), insert); }),
                  db::testing::on_postgresql()
                      ? "duplicate key value violates unique constraint \"shop_publisher_pkey\"\nDETAIL:  Key (id)=(1) already "
                        "exists."
                      : "UNIQUE constraint failed: shop_publisher.id");
        SaveOptions update;
        update.force_update = true;
        Ref<Instance> other = make(shop.publisher, {{"id", 9}, {"name", "x"}, {"city", ""}, {"num_awards", 0}});
        EXPECT_EQ(refused<DatabaseError>([&] { save(shop.publisher, other->object(), update); }),
                  "Forced update did not affect any rows.");
        Ref<Instance> fresh = make(shop.publisher, {{"name", "y"}, {"city", ""}, {"num_awards", 0}});
        EXPECT_EQ(refused<ValueError>([&] { save(shop.publisher, fresh->object(), update); }),
                  "Cannot force an update in save() with no primary key.");
    });
}

TEST_F(Rows, AnUnsavedRelatedObjectIsRefused) {
    on_database([&] {
        Ref<Instance> unsaved = make(shop.publisher, {{"name", "x"}, {"city", ""}});
        Ref<Instance> made = make(shop.book, {{"title", "T"}});
        const Field& publisher = shop.book.field("publisher");
        publisher.ops->related(publisher.member(made->object()))->set(unsaved);
        EXPECT_EQ(refused<ValueError>([&] { save(shop.book, made->object()); }),
                  "save() prohibited to prevent data loss due to unsaved related object 'publisher'.");
    });
}

TEST_F(Rows, DecodesEveryKindOfColumn) {
    on_database([&] {
        fill();
        const Ref<ObjectList> list = fetched(books.order_by({"id"}));
        ASSERT_EQ(list->size(), 4u);
        EXPECT_EQ(text(*list, 0, shop.book, "title"), "'Book 1'");
        EXPECT_EQ(text(*list, 0, shop.book, "publisher"), "2");
        EXPECT_EQ(text(*list, 0, shop.book, "rating"), "None");
        EXPECT_EQ(text(*list, 0, shop.book, "in_print"), "True");
        EXPECT_EQ(text(*list, 0, shop.book, "published"), "'2020-05-17'");
        EXPECT_EQ(shop.book.field("created").get(list->at(0)), Literal(DateTime::from_ymdhms(2024, 3, 5, 10, 30)));
    });
}

TEST_F(Rows, CountsExistsAndAggregates) {
    on_database([&] {
        fill();
        using namespace expr;
        EXPECT_EQ(books.count(), 4);
        EXPECT_EQ(books.slice(1, 2).count(), 2);
        EXPECT_EQ(books.filter(q("authors__isnull", false)).count(), 3);
        EXPECT_EQ(books.filter(q("authors__isnull", false)).distinct().count(), 2);
        EXPECT_TRUE(books.filter(q("pages", 100)).exists());
        EXPECT_FALSE(books.filter(q("pages", 101)).exists());
        std::string sums;
        const auto take = [&](std::span<const Cell> cells, const std::vector<OutputType>&) {
            sums.clear();
            for (const Cell& cell : cells) {
                double mean = 0;
                if (cell.kind() != CellKind::integer && !cell.is_null()) decode(cell, mean);
                sums += cell.is_null()                       ? "None "
                        : cell.kind() == CellKind::integer ? std::to_string(cell.integer()) + " "
                                                           : repr(Literal(mean)) + " ";
            }
        };
        books.aggregate({{"total", sum(F("pages"))}, {"mean", avg(F("pages"))}, {"most", max(F("pages"))}}, take);
        EXPECT_EQ(sums, "1000 250.0 400 ");
        books.order_by({"id"}).slice(0, 2).aggregate({{"total", sum(F("pages"))}, {"n", count(F("publisher__name"))}},
                                                     take);
        EXPECT_EQ(sums, "300 2 ");
        publishers.annotate("n", count(F("books"))).aggregate({{"most", max(F("n"))}}, take);
        EXPECT_EQ(sums, "2 ");
        publishers.annotate("n", count(F("books"))).filter(q("n__gt", 5)).aggregate({{"n", count(star())}}, take);
        EXPECT_EQ(sums, "0 ");
        books.none().aggregate({{"total", sum(F("pages"))}, {"n", count(star())}}, take);
        EXPECT_EQ(sums, "None 0 ");
        EXPECT_EQ(books.values({"publisher"}).annotate("n", count(F("id"))).count(), 2);
    });
}

TEST_F(Rows, GroupsAndFiltersByAnnotations) {
    on_database([&] {
        fill();
        using namespace expr;
        EXPECT_EQ(rows(publishers.annotate("n", count(F("books")))
                           .annotate("twice", combine(F("n"), '*', value(Literal(2))))
                           .filter({"twice__gt", F("n")})
                           .order_by({"name"})
                           .values({"name", "n", "twice"})),
                  "Fir 2 4|Oak 2 4");
        EXPECT_EQ(
            rows(books.values({"publisher__name"}).annotate("pages_all", sum(F("pages"))).order_by({"-pages_all"})),
            "Fir 600|Oak 400");
        EXPECT_EQ(rows(books.values({"created__year"}).annotate("n", count(star())).order_by({})), "2024 4");
        EXPECT_EQ(rows(books.annotate("m", trunc("month", F("published"))).order_by({"id"}).values({"m"}).slice(0, 1)),
                  "2020-05-01");
        EXPECT_EQ(rows(books.filter(q("title__regex", "[34]$")).order_by({"id"}).values({"id"})), "3|4");
        EXPECT_EQ(rows(books.filter(q("title__iregex", "^book [1]")).values({"id"})), "1");
        EXPECT_EQ(rows(books
                           .filter(q("created__date", "2024-03-05") && q("created__hour", 10) &&
                                   q("published__week_day__gte", 1))
                           .order_by({"id"})
                           .values({"id"})),
                  "1|2|3|4");
        const QNode thick = q("pages__gt", 200);
        EXPECT_EQ(rows(books
                           .annotate("size", case_({{const_cast<QNode*>(&thick), value(Literal("thick"))}},
                                                   value(Literal("thin"))))
                           .order_by({"id"})
                           .values({"size"})),
                  "thin|thin|thick|thick");
        // The order is by what is selected: said once more with parameters of its own it would be no part of the groups.
        EXPECT_EQ(rows(books.annotate("hundreds", combine(F("pages"), '/', value(Literal(100))))
                           .values({"hundreds"})
                           .annotate("n", count(star()))
                           .order_by({OrderBy(F("hundreds"), true, OrderBy::Nulls::last)})),
                  "4 1|3 1|2 1|1 1");
        EXPECT_EQ(rows(books.annotate("hundreds", combine(F("pages"), '/', value(Literal(100))))
                           .values({"hundreds"})
                           .annotate("n", count(star()))
                           .order_by({combine(combine(F("pages"), '/', value(Literal(100))), '*', value(Literal(-1)))})),
                  "4 1|3 1|2 1|1 1");
    });
}

TEST_F(Rows, SelectRelatedFillsTheCacheInOneQuery) {
    on_database([&] {
        fill();
        const Field& publisher = shop.book.field("publisher");
        const Field& category = shop.book.field("category");
        EXPECT_EQ(
            queries([&] {
                const Ref<ObjectList> list = fetched(books.order_by({"id"}).select_related({"publisher", "category"}));
                const Instance* found = publisher.ops->related(publisher.member(list->at(0)))->instance();
                ASSERT_NE(found, nullptr);
                EXPECT_EQ(repr(shop.publisher.field("name").get(found->object())), "'Oak'");
                EXPECT_EQ(category.ops->related(category.member(list->at(0)))->instance(), nullptr);
            }),
            1);
    });
}

TEST_F(Rows, TouchingOneForeignKeyFetchesThoseOfAllPeers) {
    on_database([&] {
        fill();
        const Field& publisher = shop.book.field("publisher");
        const auto name_of = [&](ObjectList& list, std::size_t i) {
            void* object = list.at(i);
            const Instance& found =
                fetch_related(shop.publisher.pk(), *publisher.ops->related(publisher.member(object)), publisher.get(object));
            return repr(shop.publisher.field("name").get(found.object()));
        };
        EXPECT_EQ(queries([&] {
                      const Ref<ObjectList> list = fetched(books.order_by({"id"}));
                      EXPECT_EQ(name_of(*list, 0), "'Oak'");
                      EXPECT_EQ(name_of(*list, 1), "'Fir'");
                      EXPECT_EQ(name_of(*list, 2), "'Oak'");
                      EXPECT_EQ(name_of(*list, 2), "'Oak'");
                  }),
                  2);
        EXPECT_EQ(queries([&] {
                      const Ref<ObjectList> list = fetched(books.order_by({"id"}).fetch_mode(FetchMode::one));
                      name_of(*list, 0);
                      name_of(*list, 1);
                      name_of(*list, 2);
                  }),
                  4);
        const Ref<ObjectList> list = fetched(books.order_by({"id"}).fetch_mode(FetchMode::raise));
        EXPECT_EQ(refused<FieldFetchBlocked>([&] { name_of(*list, 0); }), "Fetching of Book.publisher blocked.");
    });
}

TEST_F(Rows, PrefetchesBothWaysInOneQueryPerStep) {
    on_database([&] {
        fill();
        EXPECT_EQ(
            queries([&] {
                const Ref<ObjectList> list = fetched(books.order_by({"id"}).prefetch_related({"authors", "publisher"}));
                const Field& field = authors_field();
                const auto count = [&](std::size_t i) {
                    return field.ops->related(field.member(list->at(i)))->list()->size();
                };
                EXPECT_EQ(count(0), 2u);
                EXPECT_EQ(count(1), 1u);
                EXPECT_EQ(count(2), 0u);
                const Field& publisher = shop.book.field("publisher");
                EXPECT_NE(publisher.ops->related(publisher.member(list->at(3)))->instance(), nullptr);
            }),
            3);
        EXPECT_EQ(refused<ValueError>([&] { fetched(books.prefetch_related({"title"})); }),
                  "'title' does not resolve to an item that supports prefetching - this is an invalid parameter to "
                  "prefetch_related().");
        EXPECT_EQ(refused<ValueError>([&] { fetched(books.prefetch_related({"nope"})); }),
                  "Cannot find 'nope' on Book object, 'nope' is an invalid parameter to prefetch_related()");
    });
}

TEST_F(Rows, ManyToManyTablesAreChanged) {
    on_database([&] {
        fill();
        const Field& field = authors_field();
        const Ref<ObjectList> list = fetched(books.filter(q("id", 3)));
        void* third = list->at(0);
        const auto ids = [&] { return rows(related_query(field, third).order_by({"id"}).values({"id"})); };
        EXPECT_EQ(ids(), "");
        const Literal both[] = {1, 2}, one[] = {2};
        EXPECT_EQ(queries([&] { m2m_add(field, third, both); }), 1);
        m2m_add(field, third, both);
        EXPECT_EQ(ids(), "1|2");
        m2m_remove(field, third, one);
        EXPECT_EQ(ids(), "1");
        m2m_set(field, third, one);
        EXPECT_EQ(ids(), "2");
        m2m_clear(field, third);
        EXPECT_EQ(ids(), "");
        EXPECT_EQ(refused<ValueError>([&] { related_query(field, make(shop.book, {})->object()); }),
                  "\"<Book: Book object (None)>\" needs to have a value for field \"id\" before this many-to-many "
                  "relationship can be used.");
    });
}

TEST_F(Rows, ASymmetricalRelationGoesBothWays) {
    on_database([&] {
        fill();
        const Field& friends = shop.author.field("friends");
        const Ref<ObjectList> list = fetched(authors.order_by({"id"}));
        const Literal two[] = {2};
        m2m_add(friends, list->at(0), two);
        EXPECT_EQ(rows(related_query(friends, list->at(1)).values({"id"})), "1");
        EXPECT_EQ(rows(authors.filter(q("friends__first_name", "Ada")).values({"id"})), "2");
        m2m_clear(friends, list->at(1));
        EXPECT_EQ(rows(related_query(friends, list->at(0)).values({"id"})), "");
    });
}

TEST_F(Rows, UpdatesWithExpressionsAndRefusesJoinedOnes) {
    on_database([&] {
        fill();
        using namespace expr;
        EXPECT_EQ(books.filter(q("pages__lte", 200))
                      .update({{"pages", combine(F("pages"), '+', value(Literal(1)))}, {"title", Literal("new")}}),
                  2);
        EXPECT_EQ(rows(books.order_by({"id"}).values({"pages"})), "101|201|300|400");
        EXPECT_EQ(books.filter(q("publisher__city", "London")).update({{"rating", Literal(4)}}), 2);
        EXPECT_EQ(rows(books.filter(q("rating", 4.0)).order_by({"id"}).values({"id"})), "1|3");
        EXPECT_EQ(books.update({{"publisher", Literal(1)}}), 4);
        EXPECT_EQ(refused<FieldError>([&] {
                      books.update({{"title", F("publisher__name")}});
                  }),
                  "Joined field references are not permitted in this query");
        EXPECT_EQ(refused<FieldDoesNotExist>([&] {
                      books.update({{"nope", Literal(1)}});
                  }),
                  "Book has no field named 'nope'");
        EXPECT_THROW(books.update({{"authors", Literal(1)}}), FieldError);
        EXPECT_EQ(books.none().update({{"pages", Literal(1)}}), 0);
    });
}

TEST_F(Rows, CountingNeedsNoSelectedRelations) {
    on_database([&] {
        fill();
        connection().execute(db::testing::on_postgresql() ? "ALTER TABLE shop_publisher DISABLE TRIGGER ALL"
                                                          : "PRAGMA foreign_keys = OFF");
        connection().execute("DELETE FROM shop_publisher");
        const Query with_publisher = books.select_related({"publisher"});
        EXPECT_EQ(with_publisher.each([](std::span<const Cell>) {}), 0u);  // an inner join finds none
        EXPECT_EQ(with_publisher.count(), 4);
        EXPECT_TRUE(with_publisher.exists());
    });
}

TEST_F(Rows, DeletionCascadesProtectsAndSetsNull) {
    on_database([&] {
        fill();
        create(shop.review, {{"book", 1}, {"reviewer", "x"}, {"score", 5}});
        create(shop.review, {{"book", 2}, {"reviewer", "y"}, {"score", 6}});
        Ref<Instance> mine = create(shop.store, {{"name", "S"}, {"best", 2}, {"flagship_of", 1}});
        EXPECT_EQ(refused<ProtectedError>([&] { books.filter(q("id", 2)).delete_(); }),
                  "Cannot delete some instances of model 'Book' because they are referenced through protected foreign "
                  "keys: 'Store.best'.");
        EXPECT_EQ(books.count(), 4);
        const Deleted deleted = books.filter(q("id", 1)).delete_();
        EXPECT_EQ(deleted.total, 4);  // the book, its review, two rows of authors
        EXPECT_EQ(reviews.count(), 1);
        EXPECT_EQ(authors.filter(q("id", 1)).delete_().total, 2);  // Ada and one row of authors; Bob's mentor is unset
        EXPECT_EQ(rows(authors.values({"id", "mentor"})), "2 None");
        EXPECT_EQ(refused<ValueError>([&] { delete_object(shop.publisher, make(shop.publisher, {})->object()); }),
                  "Publisher object can't be deleted because its id attribute is set to None.");
        EXPECT_EQ(queries([&] { EXPECT_EQ(delete_object(shop.store, mine->object()).total, 1); }), 1);
        EXPECT_TRUE(shop.store.pk().get(mine->object()).is_null());
        EXPECT_EQ(reviews.filter(q("book__pages", 200)).delete_().total, 1);
    });
}

TEST_F(Rows, BulkCreateFillsKeysAndSplitsAtTheLimitOfParameters) {
    on_database([&] {
        std::vector<Ref<Instance>> made;
        std::vector<void*> objects;
        for (int i = 0; i < 1000; ++i) {
            made.push_back(make(shop.publisher, {{"name", "P" + std::to_string(i)}, {"city", "x"}, {"num_awards", i}}));
            objects.push_back(made.back()->object());
        }
        EXPECT_EQ(queries([&] { bulk_create(shop.publisher, objects); }), 1);
        EXPECT_EQ(publishers.count(), 1000);
        EXPECT_EQ(pk(*made[0]), 1);
        EXPECT_EQ(pk(*made[999]), 1000);
        BulkCreateOptions small;
        small.batch_size = 300;
        small.ignore_conflicts = true;
        for (void* object : objects) shop.publisher.pk().set(object, Literal());
        EXPECT_EQ(queries([&] { bulk_create(shop.publisher, objects, small); }), 4);
        EXPECT_EQ(publishers.count(), 1000);  // the names are taken
        small.batch_size = -1;
        EXPECT_THROW(bulk_create(shop.publisher, objects, small), ValueError);
        for (std::size_t i = 0; i < 3; ++i) {
            shop.publisher.pk().set(objects[i], Literal(i + 1));
            shop.publisher.field("city").set(objects[i], Literal("y" + std::to_string(i)));
        }
        EXPECT_EQ(bulk_update(shop.publisher, std::span<void* const>(objects.data(), 3), {"city"}), 3);
        EXPECT_EQ(rows(publishers.filter(q("city__startswith", "y")).order_by({"id"}).values({"id", "city"})),
                  "1 y0|2 y1|3 y2");
    });
}

TEST_F(Rows, MoreColumnsThanARowHasAreRefused) {
    on_database([&] {
        fill();
        const auto ignore = [](void*, const Cell&) {};
        const ExtraColumn two[] = {{0, ignore}, {0, ignore}};
        int row = 0;
        EXPECT_EQ(refused<TypeError>([&] { books.values({"id"}).fetch_rows([&]() -> void* { return &row; }, two); }),
                  "A row of 1 columns cannot be read as one of 2.");
        const Ref<ObjectList> list = shop.book.ops->make_list(shop.book);
        const Query once = books.annotate("n", expr::count(expr::F("authors")));
        EXPECT_EQ(refused<TypeError>([&] { once.annotate("n", expr::count(expr::F("reviews"))).fetch(*list, two); }),
                  "A row of 1 columns cannot be read as one of 2.");
    });
}

TEST_F(Rows, ObjectsWithoutSomeColumnsAreRefused) {
    on_database([&] {
        fill();
        EXPECT_EQ(refused<NotSupportedError>([&] { fetched(books.only({"title"})); }),
                  "Objects are always read whole: only() and defer() would let save() wipe what was not read. Use "
                  "values().");
        EXPECT_THROW(fetched(books.defer({"title"})), NotSupportedError);
    });
}

TEST_F(Rows, RefreshReadsAgain) {
    on_database([&] {
        fill();
        const Ref<ObjectList> list = fetched(publishers.filter(q("id", 1)));
        publishers.update({{"city", Literal("Rome")}});
        refresh(shop.publisher, list->at(0), {"city"});
        EXPECT_EQ(text(*list, 0, shop.publisher, "city"), "'Rome'");
        update_object(shop.publisher, list->at(0),
                      {{"num_awards", expr::combine(expr::F("num_awards"), '+', expr::value(Literal(1)))}});
        EXPECT_EQ(text(*list, 0, shop.publisher, "num_awards"), "4");
        publishers.delete_();
        EXPECT_EQ(refused<ObjectDoesNotExist>([&] { refresh(shop.publisher, list->at(0)); }),
                  "Publisher matching query does not exist.");
    });
}

// Where the database has COPY, that many rows with keys of their own go by it.
TEST_F(Rows, ManyObjectsWithKeysAreCreatedAtOnce) {
    on_database([&] {
        std::vector<Ref<Instance>> made;
        std::vector<void*> objects;
        for (int i = 1; i <= 500; ++i) {
            const std::string name = "Name\t\\" + std::to_string(i) + "\né";
            made.push_back(make(shop.publisher, {{"id", i}, {"name", Literal(name)}, {"city", "NULL"}, {"num_awards", -i}}));
            objects.push_back(made.back()->object());
        }
        EXPECT_EQ(queries([&] { bulk_create(shop.publisher, objects); }), 1);
        EXPECT_EQ(publishers.count(), 500);
        EXPECT_EQ(rows(publishers.filter(q("id", 7)).values({"name", "city", "num_awards"})), "Name\t\\7\né NULL -7");
        EXPECT_THROW(bulk_create(shop.publisher, objects), IntegrityError);
        EXPECT_EQ(publishers.count(), 500);
    });
}

}  // namespace
}  // namespace nuages::db::models
