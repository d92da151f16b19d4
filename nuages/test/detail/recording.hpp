// What is rendered while a request of the test client is answered.
#pragma once

#include <nuages/async/fiber_local.hpp>
#include <nuages/base/ref.hpp>
#include <nuages/templates/observer.hpp>
#include <nuages/templates/template.hpp>
#include <nuages/utils/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nuages::test::detail {

/// Names of templates, and copies of what their contexts held: views' own variables are gone when a test asks.
class Recording : public RefCounted {
public:
    void add(const templates::Template& page, const templates::Context& context);
    const std::vector<std::string>& templates() const { return templates_; }
    /// The value that was seen last; missing when there was none.
    Value find(std::string_view name) const;

private:
    std::vector<std::string> templates_;
    std::vector<std::pair<std::string, Value>> values_;
};

/// While it lives, templates that this fiber renders are recorded.
class RecordingScope {
public:
    explicit RecordingScope(Recording& recording);
    ~RecordingScope();
    RecordingScope(const RecordingScope&) = delete;
    RecordingScope& operator=(const RecordingScope&) = delete;

private:
    Recording* former_;
    templates::RenderObserver former_observer_;
};

}  // namespace nuages::test::detail
