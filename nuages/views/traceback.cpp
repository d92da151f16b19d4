#include <nuages/base/error.hpp>
#include <nuages/views/detail/throw_hook.hpp>
#include <nuages/views/detail/traceback.hpp>
#include <nuages/views/stack_text.hpp>

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <typeinfo>

namespace nuages::views::detail {

void capture_throws(bool on) noexcept { set_capturing(on); }

std::vector<void*> throw_addresses(const std::exception_ptr& error) {
    // An exception_ptr is one pointer to the exception object, the one that __cxa_throw was given.
    static_assert(sizeof(std::exception_ptr) == sizeof(void*));
    const void* object = nullptr;
    std::memcpy(&object, static_cast<const void*>(&error), sizeof object);
    std::vector<void*> addresses(128);
    addresses.resize(captured_at(object, addresses.data(), addresses.size()));
    return addresses;
}

Excerpt read_excerpt(const std::string& file, int line, int around) {
    Excerpt excerpt{std::max(1, line - around), {}};
    std::FILE* stream = line > 0 ? std::fopen(file.c_str(), "re") : nullptr;
    if (!stream) return excerpt;
    std::string current;
    int number = 1;
    for (int c; number <= line + around && (c = std::fgetc(stream)) != EOF;) {
        if (c != '\n') {
            if (current.size() < 2000) current += static_cast<char>(c);
            continue;
        }
        if (number >= excerpt.first_line) excerpt.lines.push_back(current);
        current.clear();
        ++number;
    }
    if (!current.empty() && number >= excerpt.first_line && number <= line + around) excerpt.lines.push_back(current);
    std::fclose(stream);
    return excerpt;
}

Described describe_current_exception() {
    Described described;
    if (const std::type_info* type = abi::__cxa_current_exception_type()) described.type = demangle(type->name());
    try {
        throw;
    } catch (const Error& error) {
        if (described.type.starts_with("nuages::")) described.type = error.name();  // as Django spells it
        described.message = error.what();
    } catch (const std::exception& error) {
        described.message = error.what();
    } catch (const std::string& text) {
        described.message = text;
    } catch (const char* text) {
        described.message = text;
    } catch (int number) {
        described.message = std::to_string(number);
    } catch (...) {}
    return described;
}

std::string traceback_text(const std::vector<Frame>& frames) {
    std::string text;
    for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
        text.append("  File \"").append(frame->file.empty() ? frame->module : frame->file).append("\"");
        if (frame->line) text.append(", line ").append(std::to_string(frame->line));
        text.append(", in ").append(frame->function.empty() ? "?" : frame->function).append("\n");
    }
    return text;
}

}  // namespace nuages::views::detail

namespace nuages::views {

std::string stack_text(void* const* addresses, int count) {
    return detail::traceback_text(detail::resolve({addresses, addresses + count}));
}

}  // namespace nuages::views
