// The language on models made from data: texts as one types them, and what is shown.
#include <nuages/db/backends/sqlite/testing.hpp>
#include <nuages/db/connection.hpp>
#include <nuages/db/models/errors.hpp>
#include <nuages/db/models/meta.hpp>
#include <nuages/db/models/schema.hpp>
#include <nuages/shell/detail/operators.hpp>
#include <nuages/shell/detail/parser.hpp>
#include <nuages/shell/interpreter.hpp>

#include <boost/json.hpp>
#include <gtest/gtest.h>

namespace nuages::shell {
namespace {

using models::Field;
using models::FieldKind;

Field of(const char* name, FieldKind kind, int max_length = 0) {
    Field field;
    field.name = name;
    field.kind = kind;
    field.max_length = max_length;
    return field;
}

/// A library: authors with books, books with copies whose key has two parts.
struct Library {
    models::Registry registry;
    models::ModelMeta author, book, copy;

    Library() {
        author.object_name = "Author";
        Field notes = of("notes", FieldKind::json);
        notes.null = true;
        author.fields = {of("name", FieldKind::char_, 40), notes};
        Field writer = of("author", FieldKind::foreign_key);
        writer.relation.model = &author;
        writer.relation.related_name = "books";
        Field pages = of("pages", FieldKind::integer);
        Field published = of("published", FieldKind::date);
        published.null = published.blank = true;
        Field readers = of("readers", FieldKind::many_to_many);
        readers.relation.model = &author;
        readers.relation.related_name = "read";
        book.object_name = "Book";
        book.fields = {of("title", FieldKind::char_, 40), writer, pages, published, readers};
        Field key;
        key.name = "pk";
        key.kind = FieldKind::composite;
        key.primary_key = true;
        key.parts = {"book", "number"};
        Field whole = of("book", FieldKind::foreign_key);
        whole.relation.model = &book;
        whole.relation.related_name = "copies";
        copy.object_name = "Copy";
        copy.fields = {key, whole, of("number", FieldKind::integer)};
        for (models::ModelMeta* meta : {&author, &book, &copy}) {
            meta->app_label = "library";
            meta->finish();
            registry.add(*meta);
        }
    }

    void create() const {
        const db::Connection connection = db::connection();
        for (const models::ModelMeta* meta : {&author, &book, &copy}) {
            for (const std::string& sql : models::schema::create_statements(connection, *meta))
                connection.execute(std::string_view(sql), std::span<const db::Param>());
        }
    }
};

class InterpreterTest : public testing::Test {
protected:
    /// What is shown for TEXT: the value's repr, or "Error: message".
    static std::string shown(Interpreter& interpreter, const std::string& text) {
        try {
            return repr(interpreter.run(parse(text)));
        } catch (const Error& error) {
            return exception_name(error) + ": " + error.message();
        }
    }

    /// Runs pairs of texts and what they must show, on a library with two authors and three books.
    static void expect(std::initializer_list<std::pair<const char*, const char*>> lines) {
        db::sqlite::with_memory_database([&] {
            const Library library;
            library.create();
            Interpreter interpreter(library.registry);
            ASSERT_EQ(shown(interpreter,
                            "ada = Author.objects.create(name='Ada'); bob = Author.objects.create(name='Bob')\n"
                            "for title, pages, day in [('Algebra', 120, 3), ('Birds', 300, 17), ('Clouds', 80, 28)]:\n"
                            "    Book.objects.create(title=title, author=ada if pages < 200 else bob, pages=pages, "
                            "published=dt.date(2020, 2, day))\n"
                            "Copy.objects.bulk_create([Copy(book_id=1, number=n) for n in (1, 2)])\n"
                            "Book.objects.count()"),
                      "3");
            for (const auto& [text, wanted] : lines) EXPECT_EQ(shown(interpreter, text), wanted) << text;
        });
    }
};

TEST_F(InterpreterTest, ShowsValuesAsPythonDoes) {
    expect({{"Book.objects.get(title='Birds').published", "datetime.date(2020, 2, 17)"},
            {"dt.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=UTC)", "datetime.datetime(2020, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc)"},
            {"dt.time(5), dt.timedelta(days=-1, seconds=3), dt.timedelta()",
             "(datetime.time(5, 0), datetime.timedelta(days=-1, seconds=3), datetime.timedelta(0))"},
            {"str(dt.timedelta(days=1, hours=2)), str(dt.timedelta(seconds=-1))", "('1 day, 2:00:00', '-1 day, 23:59:59')"},
            {"[1e-4, 1e16, 100000.0, 1e-05]", "[0.0001, 1e+16, 100000.0, 1e-05]"},
            {"b'\\xff'", "b'\\xff'"},
            {"UUID(int=5)", "UUID('00000000-0000-0000-0000-000000000005')"},
            {"F('a') + 1, Value(3), Lower('a')", "(<CombinedExpression: F(a) + Value(1)>, Value(3), Lower(F(a)))"},
            {"Copy.objects.first()", "<Copy: Copy object ((1, 1))>"},
            {"type(5), type(ada)", "(<class 'int'>, <class 'library.models.Author'>)"}});
}

TEST_F(InterpreterTest, ReadsWhatExamplesOfPythonUse) {
    expect({{"max(Book.objects.all(), key=lambda b: b.pages).title, min([], default=7)", "('Birds', 7)"},
            {"a, *rest = [1, 2, 3]; rest", "[2, 3]"},
            {"a, b = [1, 2, 3]", "ValueError: too many values to unpack (expected 2)"},
            {"{1, 2} | {2, 3}, {1, 2} & {2, 3}, {1, 2} - {2}, {1, 2} ^ {2, 3}", "({1, 2, 3}, {2}, {1}, {1, 3})"},
            {"[0] * 3, divmod(7, 2)", "([0, 0, 0], (3, 1))"},
            {"D('1.10') + 1, D('2') * D('1.5'), -D('1') / 3 > -1", "(Decimal('2.10'), Decimal('3.0'), True)"},
            {"D(1) / 0", "ZeroDivisionError: division by zero"},
            {"'{0} {1!r} {name.title:>8}'.format(1, 'x', name=Book.objects.first())", "\"1 'x'  Algebra\""},
            {"f'{dt.date(2020, 2, 29):%d.%m.%Y}', dt.date(2020, 2, 29).strftime('%A %j')", "('29.02.2020', 'Saturday 060')"},
            {"dt.timedelta(days=-1, seconds=5).days, dt.timedelta(hours=1).total_seconds()", "(-1, 3600.0)"},
            {"'ada lovelace'.title(), 'x'.count('x')", "('Ada Lovelace', 1)"},
            {"vars(ada)['name'], ada.__class__", "('Ada', <class 'library.models.Author'>)"}});
}

TEST_F(InterpreterTest, ImportsSayWhatIsNotThere) {
    expect({{"from datetime import date, timedelta as span; date(2020, 1, 31) + span(days=1)", "datetime.date(2020, 2, 1)"},
            {"import datetime as d; d.date.fromisoformat('2020-01-02')", "datetime.date(2020, 1, 2)"},
            {"from django.db.models import (Count, Q as Condition); Book.objects.filter(Condition(pages=80)).aggregate(Count('id'))", "{'id__count': 1}"},
            {"from library.models import Book as B; B.objects.count()", "3"},
            {"import json; json.loads(json.dumps({'a': [1]}))", "{'a': [1]}"},
            {"from library.models import Nope", "ImportError: cannot import name 'Nope' from 'library.models'"},
            {"import os", "ModuleNotFoundError: No module named 'os'"}});
}

TEST_F(InterpreterTest, TellsOfModelsByMeta) {
    expect({{"Book._meta.get_field('title').max_length, Book._meta.pk.name, Book._meta.label_lower", "(40, 'id', 'library.book')"},
            {"[f.name for f in Book._meta.get_fields()]", "['copies', 'id', 'title', 'author', 'pages', 'published', 'readers']"},
            {"f = Book._meta.get_field('author'); f.related_model, f.many_to_one, f.attname, f", "(<class 'library.models.Author'>, True, 'author_id', "
             "<django.db.models.fields.related.ForeignKey: author>)"},
            {"r = Author._meta.get_field('books'); r.one_to_many, r.get_accessor_name(), r", "(True, 'books', <ManyToOneRel: library.book>)"},
            {"Book._meta.get_field('nope')", "FieldDoesNotExist: Book has no field named 'nope'"},
            {"Book._meta.get_field('title').nope", "AttributeError: 'CharField' object has no attribute 'nope'"}});
}

TEST_F(InterpreterTest, ComparesCompositeKeysAcrossRelations) {
    expect({{"Book.objects.filter(copies=(1, 2)).count(), Book.objects.filter(copies__in=[(1, 1), (2, 1)]).count()", "(1, 1)"},
            {"Book.objects.exclude(copies=(1, 2)).count(), Book.objects.filter(copies=Copy.objects.first()).count()", "(2, 1)"},
            {"Copy.objects.filter(Exists(Copy.objects.filter(pk=OuterRef('pk'), number=2))).count()", "1"},
            {"Copy.objects.filter(pk=F('book'))", "ValueError: 'exact' subquery lookup of 'pk' only supports OuterRef and QuerySet objects (received 'Col')"},
            {"Copy.objects.aggregate(Count('pk', distinct=True))", "ValueError: COUNT(DISTINCT) doesn't support composite primary keys"},
            {"hash(Copy())", "TypeError: Model instances without primary key value are unhashable"}});
}

TEST_F(InterpreterTest, NamesErrorsAsDjangoDoes) {
    expect({{"Author.objects.filter(books__foo=3)", "FieldError: Unsupported lookup 'foo' for ManyToOneRel or join on the field not permitted."},
            {"Book.objects.filter(readers__foo=3)", "FieldError: Unsupported lookup 'foo' for ForeignKey or join on the field not permitted."},
            {"Book.objects.filter(readers='x')", "ValueError: Field 'id' expected a number but got 'x'."},
            {"Book.objects.filter(pages__in=5)", "TypeError: 'int' object is not iterable"},
            {"Book.objects.order_by('+pages')", "FieldError: Cannot resolve keyword '+pages' into field. Choices are: author, author_id, copies, id, pages, "
             "published, readers, title"},
            {"Book.objects.filter(pk=1).union(Book.objects.all()).order_by('nope')", "FieldError: Cannot resolve keyword 'nope' into field. Choices are: "
             "author, author_id, copies, id, pages, published, readers, title"},
            {"Book.objects.all() | Book.objects.all().union(Book.objects.all())", "TypeError: Cannot use | operator with combined queryset."},
            {"Author(1, id=1)", "TypeError: Author() got both positional and keyword arguments for field 'id'."},
            {"Book.objects.create(title='x', author=ada, pages=F('id') + 1)", "ValueError: Failed to insert expression \"Col(library_book, library.Book.id) "
             "+ Value(1)\" on library.Book.pages. F() expressions can only be used to update, not to insert."},
            {"Book.objects.distinct('title').update(pages=1)", "TypeError: Cannot call update() after .distinct(*fields)."},
            {"Book.objects.update(pages=Sum('pages'))", "FieldError: Aggregate functions are not allowed in this query (pages=Sum(Col(library_book, library.Book.pages)))."},
            {"Book.objects.update(pages=Window(Max('pages'), partition_by='author'))", "FieldError: Window expressions are not allowed in this query "
             "(pages=<Window: Max(Col(library_book, library.Book.pages)) OVER (PARTITION BY Col(library_book, library.Book.author))>)."},
            {"Author.objects.prefetch_related(Prefetch('books', to_attr='name')).first()", "ValueError: to_attr=name conflicts with a field on the Author model."}});
}

TEST_F(InterpreterTest, GroupsAndSelectsAsDjangoDoes) {
    expect({{"Book.objects.annotate(big=Q(pages__gt=100)).values('big').annotate(n=Count('id')).order_by('big')",
             "<QuerySet [{'big': False, 'n': 1}, {'big': True, 'n': 2}]>"},
            {"Book.objects.alias(n=Count('readers')).values('n')", "FieldError: Cannot select the 'n' alias. Use annotate() to promote it."},
            {"Book.objects.annotate(n=Count('readers')).values('title').values('n')", "FieldError: Cannot select the 'n' alias. Use annotate() to promote it."},
            {"Author.objects.alias(n=F('id')).aggregate(Sum('n'))", "FieldError: Cannot aggregate over the 'n' alias. Use annotate() to promote it."},
            {"Book.objects.annotate(n=Count('readers')).first().n, Book.objects.annotate(n=Count('readers')).last().title", "(0, 'Clouds')"},
            {"Book.objects.values('author').annotate(n=Count('id')).first()", "TypeError: Cannot use QuerySet.first() on an unordered queryset performing "
             "aggregation. Add an ordering with order_by()."},
            {"Book.objects.values('id').annotate(n=Count('readers')).last()", "{'id': 3, 'n': 0}"},
            {"Book.objects.annotate(n=Count('copies', distinct=True))", "ValueError: COUNT(DISTINCT) doesn't support composite primary keys"},
            {"Book.objects.filter(published__year='abc')", "ValueError: Field 'None' expected a number but got 'abc'."}});
}

TEST_F(InterpreterTest, DocumentsMayBeChangedInPlace) {
    expect({{"a = Author.objects.create(name='Eve', notes={'tags': ['x']}); a.notes['tags'].append('y'); a.notes['n'] = 5; a.save(); "
             "Author.objects.get(pk=a.pk).notes",
             "{'tags': ['x', 'y'], 'n': 5}"},
            {"a.notes = {'fresh': 1}; a.save(); a.notes['more'] = 2; Author.objects.bulk_update([a], ['notes']); Author.objects.get(pk=a.pk).notes",
             "{'fresh': 1, 'more': 2}"},
            {"a.notes['lost'] = 1; a.refresh_from_db(); a.notes", "{'fresh': 1, 'more': 2}"}});
}

TEST_F(InterpreterTest, ObjectsAreMadeAsIfRead) {
    expect({{"b = Book.from_db('default', ['id', 'title'], [1, 'x']); b.title, sorted(b.get_deferred_fields()), b._state.adding",
             "('x', ['author_id', 'pages', 'published'], False)"},
            {"b.pages", "120"},
            {"Book.objects.first().serializable_value('author')", "1"}});
}

TEST_F(InterpreterTest, CursorsSpeakPep249) {
    expect({{"c = connection.cursor(); c.execute('SELECT id, title FROM library_book ORDER BY id'); [d[0] for d in c.description]", "['id', 'title']"},
            {"c.fetchone(), c.fetchmany(1), c.fetchall(), c.fetchone()", "((1, 'Algebra'), [(2, 'Birds')], [(3, 'Clouds')], None)"},
            {"c.executemany('INSERT INTO library_author (name) VALUES (%s)', [['x'], ['y']]); c.rowcount, Author.objects.count()", "(2, 4)"},
            {"Book.objects.raw('SELECT * FROM library_book ORDER BY id')[0:1]", "[<Book: Book object (1)>]"},
            {"transaction.on_commit('x')", "TypeError: on_commit()'s callback must be a callable."}});
}

TEST_F(InterpreterTest, ManagersMakeQuerysets) {
    expect({{"Book.objects.get_queryset().count(), Book.objects.db_manager('default').count()", "(3, 3)"},
            {"ada.books.db_manager('default').count()", "2"},
            {"Book.objects.all().db_manager('default')", "AttributeError: 'QuerySet' object has no attribute 'db_manager'"},
            {"Book.objects.db_manager('nope').count()", "ConnectionDoesNotExist: The connection 'nope' doesn't exist."}});
}

}  // namespace
}  // namespace nuages::shell
