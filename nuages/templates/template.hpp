// Template: a parsed page, immutable, shared by all threads and fibers.
#pragma once

#include <nuages/base/function.hpp>
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

    /// Gives the page to WRITE in pieces of about CHUNK_BYTES as they are made, for pages too large to hold. After an
    /// exception WRITE has had what came before it. Parts that a tag must see as a whole come as one piece.
    virtual void render_chunks(Context& context, FunctionRef<void(std::string_view)> write,
                               std::size_t chunk_bytes = 16 << 10) const = 0;
};

}  // namespace nuages::templates
