// TestCase: each test on a fiber, with databases of its own that forget it (django.test).
//
// Databases live in memory for the time of the process, with the tables of all models; a test's changes are rolled back
// with the transaction that it runs in. A site under test is set up by `run_tests(argc, argv, settings)` in main().
#pragma once

#include <nuages/db/transaction.hpp>
#include <nuages/test/assertions.hpp>
#include <nuages/test/client.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace nuages::site {
struct Settings;
}

namespace nuages::test {

/// Runs all tests on a fiber. With SETTINGS the site is set up first: its databases in memory, debug off, the host
/// "testserver" allowed. The main() of this library calls it without; a test program of a site has
/// `int main(int argc, char** argv) { return nuages::test::run_tests(argc, argv, mysite::settings); }`.
int run_tests(int argc, char** argv, site::Settings (*settings)() = nullptr);

/// A test that needs no rollback: for code that commits, and for live servers. The tables are emptied afterwards.
class TransactionTestCase : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;
};

/// A test inside a transaction for each database, rolled back at its end. Callbacks of on_commit do not run.
class TestCase : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

private:
    std::vector<db::ManualAtomic*> blocks_;
};

}  // namespace nuages::test

namespace nuages {
using test::TestCase;
using test::TransactionTestCase;
}  // namespace nuages
