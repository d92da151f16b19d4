#include <nuages/shell/detail/parser.hpp>

#include <gtest/gtest.h>

namespace nuages::shell {
namespace {

std::string tree(std::string_view text) { return boost::json::serialize(parse(text)); }

std::string refused(std::string_view text) {
    try {
        return tree(text);
    } catch (const SyntaxError& error) {
        return std::string(error.incomplete() ? "... " : "") + error.what();
    }
}

TEST(Parser, ReadsAQuery) {
    EXPECT_EQ(tree("Book.objects.filter(price__gte=10)[:5]"),
              R"({"index":{"slice":[null,{"const":5},null]},"of":{"call":{"attr":"filter","of":{"attr":"objects","of":)"
              R"({"name":"Book"}}},"args":[],"kwargs":[["price__gte",{"const":10}]]}})");
}

TEST(Parser, BindsOperatorsAsPythonDoes) {
    EXPECT_EQ(tree("-2 ** 2"), R"({"op":"unary-","args":[{"op":"**","args":[{"const":2},{"const":2}]}]})");
    EXPECT_EQ(tree("a | b & c"),
              R"({"op":"|","args":[{"name":"a"},{"op":"&","args":[{"name":"b"},{"name":"c"}]}]})");
    EXPECT_EQ(tree("1 - 2 - 3"),
              R"({"op":"-","args":[{"op":"-","args":[{"const":1},{"const":2}]},{"const":3}]})");
    EXPECT_EQ(tree("not a and b"), R"({"op":"and","args":[{"op":"not","args":[{"name":"a"}]},{"name":"b"}]})");
    EXPECT_EQ(tree("a not in b"), R"({"op":"not in","args":[{"name":"a"},{"name":"b"}]})");
    EXPECT_EQ(tree("x if c else y"), R"({"op":"if","args":[{"name":"c"},{"name":"x"},{"name":"y"}]})");
}

TEST(Parser, ReadsTextsWithTheirEscapes) {
    EXPECT_EQ(tree(R"('it''s' "\n\x41\u00e9" r"\d")"), "{\"const\":\"its\\nA\xc3\xa9\\\\d\"}");
    EXPECT_EQ(tree("'''two\nlines'''"), R"({"const":"two\nlines"})");
    EXPECT_EQ(tree(R"(b"\x00\xff")"), R"({"const":{"$type":"bytes","value":"AP8="}})");
    EXPECT_EQ(tree("0x1F"), R"({"const":31})");
    EXPECT_EQ(tree("1_000"), R"({"const":1000})");
}

TEST(Parser, ReadsStatementsAndBlocks) {
    EXPECT_EQ(tree("a = 1; b.c = a  # a remark\n\n"),
              R"({"seq":[{"assign":{"name":"a"},"value":{"const":1}},{"assign":{"attr":"c","of":{"name":"b"}},"value":{"name":"a"}}]})");
    EXPECT_EQ(tree("n += 1"),
              R"({"assign":{"name":"n"},"value":{"op":"+","args":[{"name":"n"},{"const":1}]}})");
    EXPECT_EQ(tree("with t:\n    f()\n    g()\nh"),
              R"({"seq":[{"with":{"name":"t"},"body":[{"call":{"name":"f"},"args":[]},{"call":{"name":"g"},"args":[]}]},{"name":"h"}]})");
    EXPECT_EQ(tree("for x in y: f(x)"),
              R"({"for":{"name":"x"},"in":{"name":"y"},"body":[{"call":{"name":"f"},"args":[{"name":"x"}]}]})");
    EXPECT_EQ(tree("while x: break"), R"({"while":{"name":"x"},"body":[{"break":true}]})");
    EXPECT_EQ(tree("del a, b[1]"), R"({"del":{"tuple":[{"name":"a"},{"index":{"const":1},"of":{"name":"b"}}]}})");
    EXPECT_EQ(tree("assert a, 'no'"), R"({"assert":{"name":"a"},"message":{"const":"no"}})");
    EXPECT_EQ(tree("from django.db.models import Count, Sum"), R"({"from":"django.db.models","import":[["Count",""],["Sum",""]]})");
    EXPECT_EQ(tree(""), R"({"seq":[]})");
}

TEST(Parser, ReadsFormattedStringsAndComprehensionsOfAllBrackets) {
    EXPECT_EQ(tree("f'{a.b!r:>5}-{{{c}}}'"),
              R"({"fstring":[{"value":{"attr":"b","of":{"name":"a"}},"conversion":"r","format":">5"},{"const":"-{"},{"value":{"name":"c"}},{"const":"}"}]})");
    EXPECT_EQ(tree("{k: v for k, v in x}"),
              R"({"for":{"tuple":[{"name":"k"},{"name":"v"}]},"in":{"name":"x"},"yield":{"tuple":[{"name":"k"},{"name":"v"}]},"into":"dict"})");
    EXPECT_EQ(tree("{a for a in x if a if b}"),
              R"({"for":{"name":"a"},"in":{"name":"x"},"yield":{"name":"a"},"if":{"op":"and","args":[{"name":"a"},{"name":"b"}]},"into":"set"})");
}

TEST(Parser, ReadsHandlersOfSeveralExceptions) {
    EXPECT_EQ(tree("try:\n    a\nexcept (KeyError, shop.Book.DoesNotExist) as e:\n    b\nexcept:\n    c\nelse:\n    d\nfinally:\n    f\n"),
              R"({"try":[{"name":"a"}],"except":["KeyError","Book.DoesNotExist"],"as":{"name":"e"},"handler":[{"name":"b"}],)"
              R"("more":{"except":null,"handler":[{"name":"c"}]},"else":[{"name":"d"}],"finally":[{"name":"f"}]})");
}

TEST(Parser, SaysWhereAndWhy) {
    EXPECT_EQ(refused("Book.objects..all()"), "invalid syntax (line 1, column 14)");
    EXPECT_EQ(refused("f(a=1, a=2)"), "keyword argument repeated: a (line 1, column 10)");
    EXPECT_EQ(refused("f(a=1, 2)"), "positional argument follows keyword argument (line 1, column 8)");
    EXPECT_EQ(refused("'abc"), "unterminated string literal (line 1, column 5)");
    EXPECT_EQ(refused("a)"), "unmatched ')' (line 1, column 2)");
    EXPECT_EQ(refused("99999999999999999999"), "an integer past 64 bits (line 1, column 1)");
    EXPECT_EQ(refused("f'{x'"), "f-string: expecting '}' (line 1, column 2)");
    EXPECT_EQ(refused("class Book(models.Model):\n    pass\n"),
              "the shell makes no classes: a model belongs into the program, where the compiler sees it (line 1, column 1)");
    EXPECT_EQ(refused("if x: break"), "'break' outside loop (line 1, column 7)");
    EXPECT_EQ(refused("for x in y:\n    def f(): continue\n"), "'continue' outside loop (line 2, column 14)");
    EXPECT_EQ(refused("1 = 2"), "cannot assign to this expression (line 1, column 5)");
}

TEST(Parser, KnowsWhenMoreLinesAreToCome) {
    EXPECT_TRUE(refused("Book.objects.filter(").starts_with("... "));
    EXPECT_TRUE(refused("with transaction.atomic():").starts_with("... "));
    EXPECT_TRUE(refused("'''text").starts_with("... "));
    EXPECT_FALSE(refused("Book.objects.").starts_with("... "));
}

TEST(Parser, BoundsWhatATextCanCost) {
    EXPECT_NE(refused(std::string(5000, '(')).find("too many nested"), std::string::npos);
    EXPECT_NE(refused(std::string(5000, '-') + "1").find("too many nested"), std::string::npos);
    std::string sum = "1";
    for (int i = 0; i < 10'000; ++i) sum += "+1";
    EXPECT_NE(refused(sum).find("too long"), std::string::npos);
    std::string calls = "f";
    for (int i = 0; i < 10'000; ++i) calls += "()";
    EXPECT_NE(refused(calls).find("too long"), std::string::npos);
    EXPECT_NE(refused(std::string(2 << 20, ' ')).find("too long"), std::string::npos);
}

}  // namespace
}  // namespace nuages::shell
