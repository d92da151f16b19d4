#include <nuages/signals/signal.hpp>

#include <gtest/gtest.h>

using namespace nuages;

namespace {

TEST(Signal, ReceiversRunInTheOrderOfConnection) {
    Signal<int, const std::string&> signal;
    std::string seen;
    signal.connect([&](int n, const std::string& text) { seen += text + std::to_string(n); });
    auto second = signal.connect([&](int, const std::string&) { seen += "!"; });
    signal.send(1, "a");
    EXPECT_EQ(seen, "a1!");
    EXPECT_TRUE(signal.disconnect(second));
    EXPECT_FALSE(signal.disconnect(second));
    signal.send(2, "b");
    EXPECT_EQ(seen, "a1!b2");
}

TEST(Signal, AnArgumentByReferenceCanBeChanged) {
    Signal<int&> signal;
    signal.connect([](int& n) { ++n; });
    int n = 1;
    signal.send(n);
    EXPECT_EQ(n, 2);
}

TEST(Signal, ADispatchUidConnectsOnce) {
    Signal<> signal;
    int calls = 0;
    EXPECT_TRUE(signal.connect([&] { ++calls; }, {.dispatch_uid = "mail"}));
    EXPECT_FALSE(signal.connect([&] { ++calls; }, {.dispatch_uid = "mail"}));
    signal.send();
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(signal.disconnect("mail"));
    EXPECT_FALSE(signal.has_listeners());
}

TEST(Signal, AReceiverMayListenToOneSender) {
    Signal<> signal;
    int sender = 0, other = 0, calls = 0;
    signal.connect([&] { ++calls; }, {.sender = &sender});
    signal.send_from(&other);
    signal.send();
    EXPECT_EQ(calls, 0);
    signal.send_from(&sender);
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(signal.has_listeners(&sender));
    EXPECT_FALSE(signal.has_listeners(&other));
}

TEST(Signal, SendStopsAtTheFirstExceptionAndSendRobustDoesNot) {
    Signal<> signal;
    int calls = 0;
    signal.connect([] { throw Error("broken"); });
    signal.connect([&] { ++calls; });
    EXPECT_THROW(signal.send(), Error);
    EXPECT_EQ(calls, 0);

    std::string logged;
    auto former = log::set_sink([&](log::Level, std::string_view logger, std::string_view message) {
        logged.append(logger).append(": ").append(message);
    });
    auto answers = signal.send_robust();
    log::set_sink(former);
    EXPECT_EQ(calls, 1);
    ASSERT_EQ(answers.size(), 2u);
    EXPECT_TRUE(answers[0].error);
    EXPECT_FALSE(answers[1].error);
    EXPECT_EQ(logged, "nuages.dispatch: Error calling a receiver in Signal.send_robust(): broken");
}

TEST(Signal, AReceiverMayDisconnectItselfWhileItRuns) {
    Signal<> signal;
    int calls = 0;
    signals::Connection self;
    self = signal.connect([&] {
        ++calls;
        signal.disconnect(self);
    });
    signal.connect([&] { ++calls; });
    signal.send();
    EXPECT_EQ(calls, 2);
    signal.send();
    EXPECT_EQ(calls, 3);
}

}  // namespace
