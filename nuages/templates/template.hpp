// Template: a parsed page, immutable, shared by all threads and fibers.
#pragma once

#include <nuages/base/ref.hpp>
#include <nuages/templates/fwd.hpp>

#include <string>
#include <string_view>

namespace nuages::templates {

/// A compiled template. Rendering changes nothing in it.
class Template : public RefCounted {
public:
    /// The name it was asked for by; empty for text given directly.
    virtual std::string_view name() const noexcept = 0;
    /// The file or table entry it came from.
    virtual std::string_view origin() const noexcept = 0;
    virtual std::string_view source() const noexcept = 0;

    /// Appends the page to OUT. On an exception OUT holds what was written so far.
    virtual void render(Context& context, std::string& out) const = 0;
    std::string render(Context& context) const {
        std::string out;
        render(context, out);
        return out;
    }
};

}  // namespace nuages::templates
