// What tests of a site include: Client, TestCase, expectations, LiveServer; GoogleTest with them.
#pragma once

#include <nuages/test/assertions.hpp>
#include <nuages/test/client.hpp>
#include <nuages/test/live_server.hpp>
#include <nuages/test/test_case.hpp>
