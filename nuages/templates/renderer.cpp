#include <nuages/templates/observer.hpp>
#include <nuages/templates/detail/compiled.hpp>
#include <nuages/templates/detail/display.hpp>
#include <nuages/templates/detail/parsing.hpp>
#include <nuages/utils/html.hpp>
#include <nuages/utils/timezone.hpp>

#include <charconv>

namespace nuages::templates {

namespace {

// Counts the lists that are being rendered inside each other.
class RenderDepth {
public:
    explicit RenderDepth(int& depth) : depth_(depth) {
        if (++depth_ > kRenderDepthMax) {
            --depth_;
            throw TemplateError("Templates are nested more than " + std::to_string(kRenderDepthMax) +
                                " deep: does one include itself without an end?");
        }
    }
    ~RenderDepth() { --depth_; }
    RenderDepth(const RenderDepth&) = delete;
    RenderDepth& operator=(const RenderDepth&) = delete;

private:
    int& depth_;
};

void set_error_place(TemplateError& error, const Renderer& renderer, const Node& node) {
    const CompiledTemplate* current = renderer.state().current;
    if (!current || node.line == 0 || error.has_place()) return;
    error.set_place(place_in(current->name(), current->origin(), current->file_source(), node.line, node.begin, node.end));
}

constexpr std::size_t kStatesKept = 8;
constexpr std::size_t kScratchBytesKept = 64 << 10;

// States that renderings of this thread have left, with their buffers.
struct KeptStates {
    std::vector<Renderer::State*> states;
    ~KeptStates() {
        for (Renderer::State* state : states) delete state;
    }
};
thread_local KeptStates kept_states;

Renderer::State* take_state() {
    if (kept_states.states.empty()) return new Renderer::State;
    Renderer::State* state = kept_states.states.back();
    kept_states.states.pop_back();
    return state;
}

void give_state_back(Renderer::State* state) noexcept {
    if (kept_states.states.size() >= kStatesKept || state->depth != 0) {
        delete state;
        return;
    }
    state->reset();
    for (std::string* text : state->scratch) {
        if (text->capacity() > kScratchBytesKept) *text = std::string();
    }
    kept_states.states.push_back(state);
}

void append_text(std::string& out, std::string_view text, bool escape) {
    if (escape) {
        utils::append_escaped(out, text);
    } else {
        out += text;
    }
}

}  // namespace

void NodeList::render(Renderer& renderer) const {
    RenderDepth depth(renderer.state().depth);
    const Node* current = nullptr;
    try {
        for (const Ref<const Node>& node : nodes_) {
            current = node.get();
            node->render(renderer);
            renderer.flush_when_full();
        }
    } catch (TemplateError& error) {
        set_error_place(error, renderer, *current);
        throw;
    }
}

Renderer::Renderer(const Engine& engine, Context& context, std::string& out)
    : engine_(engine), context_(&context), out_(&out), state_(take_state()) {
    language_changed();
}

void Renderer::language_changed() {
    formats_ = &formats::current();
    groups_numbers_ = formats::settings().use_thousand_separator;
    plain_numbers_ = !groups_numbers_ && formats_->decimal_separator == ".";
}

Renderer::~Renderer() { give_state_back(state_); }

void Renderer::stream_to(const FunctionRef<void(std::string_view)>& write, std::size_t bytes) {
    streamed_ = out_;
    stream_ = &write;
    stream_bytes_ = bytes;
}

void Renderer::flush() {
    if (!stream_ || out_ != streamed_ || out_->empty()) return;
    (*stream_)(*out_);
    out_->clear();
}

void Renderer::write(const Value& value) {
    if (value.kind() == ValueKind::string) {
        append_text(*out_, value.as_text(), context_->autoescape && !value.is_safe());
    } else if (value.kind() == ValueKind::integer && !groups_numbers_) {
        char buffer[24];
        out_->append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value.as_integer()).ptr);
    } else {
        write_to(*out_, value);
    }
}

void Renderer::write_to(std::string& out, const Value& value) {
    const bool escape = context_->autoescape;
    const bool use_l10n = context_->use_l10n.value_or(true);
    switch (value.kind()) {
        case ValueKind::missing: break;
        case ValueKind::string: append_text(out, value.as_text(), escape && !value.is_safe()); break;
        case ValueKind::null:
        case ValueKind::boolean:
        case ValueKind::duration: value.append_str(out); break;
        case ValueKind::integer:
            if (!use_l10n || !groups_numbers_) {
                char buffer[24];
                out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value.as_integer()).ptr);
                break;
            }
            [[fallthrough]];
        case ValueKind::real:
        case ValueKind::decimal:
            if (use_l10n) {
                append_number(out, value, *formats_);
            } else {
                value.append_str(out);
            }
            break;
        case ValueKind::date:
        case ValueKind::time:
        case ValueKind::datetime: {
            const Formats& formats = use_l10n ? *formats_ : formats::plain();
            const std::string& format = value.kind() == ValueKind::date   ? formats.date_format
                                        : value.kind() == ValueKind::time ? formats.time_format
                                                                          : formats.datetime_format;
            ScratchGuard guard(*this);
            std::string& text = scratch();
            utils::append_date_format(text, formats::clock_of(value, context_->use_tz.value_or(timezone::use_tz())), format);
            append_text(out, text, escape);
            break;
        }
        default: {
            ScratchGuard guard(*this);
            std::string& text = scratch();
            value.append_str(text);
            const ObjectType* type = value.type();
            append_text(out, text, escape && !(type && type->html_safe));
        }
    }
}

std::string Renderer::capture(const NodeList& nodes) {
    struct Redirect {
        std::string*& slot;
        std::string* former;
        ~Redirect() { slot = former; }
    };
    std::string text;
    Redirect redirect{out_, out_};
    out_ = &text;
    nodes.render(*this);
    return text;
}

Value& Renderer::memory(const Node* node) {
    for (std::size_t i = state_->memory.size(); i > state_->memory_floor; --i) {
        if (state_->memory[i - 1].node == node) return state_->memory[i - 1].value;
    }
    state_->memory.push_back({node, {}});
    return state_->memory.back().value;
}

std::string& Renderer::scratch() {
    if (scratch_used_ == state_->scratch.size()) state_->scratch.push_back(new std::string);
    std::string& text = *state_->scratch[scratch_used_++];
    text.clear();
    return text;
}

void CompiledTemplate::render(Context& context, std::string& out) const {
    Renderer renderer(engine_, context, out);
    render_whole(renderer);
}

void CompiledTemplate::render_chunks(Context& context, FunctionRef<void(std::string_view)> write,
                                     std::size_t chunk_bytes) const {
    std::string out;
    out.reserve(chunk_bytes + chunk_bytes / 4);
    Renderer renderer(engine_, context, out);
    renderer.stream_to(write, chunk_bytes);
    try {
        render_whole(renderer);
    } catch (...) {
        renderer.flush();
        throw;
    }
    renderer.flush();
}

void CompiledTemplate::render_whole(Renderer& renderer) const {
    Context& context = renderer.context();
    const bool autoescape = context.autoescape;
    context.autoescape = autoescape && engine_.options().autoescape;
    struct Restore {
        Context& context;
        bool autoescape;
        std::size_t depth;
        ~Restore() {
            context.autoescape = autoescape;
            while (context.depth() > depth) context.pop();
        }
    } restore{context, autoescape, context.depth()};
    context.push();
    render_inside(renderer);
}

namespace {

RenderObserver g_observer = nullptr;

void tell_observer(const CompiledTemplate& page, Renderer& renderer) {
    if (g_observer) [[unlikely]]
        g_observer(page, renderer.context());
}

}  // namespace

RenderObserver set_render_observer(RenderObserver observer) noexcept { return std::exchange(g_observer, observer); }

void CompiledTemplate::render_inside(Renderer& renderer) const {
    Renderer::State& state = renderer.state();
    struct Isolated {
        Renderer::State& state;
        const CompiledTemplate* current = state.current;
        std::size_t blocks_floor = state.blocks_floor;
        std::size_t memory_floor = state.memory_floor;
        bool has_blocks = state.has_blocks;
        std::vector<std::string_view> history = std::move(state.history);

        explicit Isolated(Renderer::State& s) : state(s) {
            state.blocks_floor = state.blocks.size();
            state.memory_floor = state.memory.size();
            state.has_blocks = false;
            state.history.clear();
        }
        ~Isolated() {
            state.blocks.resize(state.blocks_floor);
            state.memory.resize(state.memory_floor);
            state.current = current;
            state.blocks_floor = blocks_floor;
            state.memory_floor = memory_floor;
            state.has_blocks = has_blocks;
            state.history = std::move(history);
        }
    } isolated(state);
    state.current = this;
    tell_observer(*this, renderer);
    nodes.render(renderer);
}

void CompiledTemplate::render_as_parent(Renderer& renderer) const {
    struct Current {
        const CompiledTemplate*& slot;
        const CompiledTemplate* former;
        ~Current() { slot = former; }
    } current{renderer.state().current, renderer.state().current};
    renderer.state().current = this;
    tell_observer(*this, renderer);
    nodes.render(renderer);
}

}  // namespace nuages::templates
