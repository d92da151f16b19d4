// Addresses to functions, files and lines through libdw, from the debug information of this process' own files.
#include <nuages/views/detail/traceback.hpp>

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace nuages::views::detail {

namespace {

/// No separate debug files: they are looked for in many places, some of them on the network.
int no_separate_debug_file(Dwfl_Module*, void**, const char*, Dwarf_Addr, const char*, const char*, GElf_Word, char**) {
    return -1;
}

/// What libdw knows about this process; made for one page and dropped, so that it costs no memory afterwards.
class Symbols {
public:
    Symbols() {
        static const Dwfl_Callbacks callbacks = {dwfl_linux_proc_find_elf, no_separate_debug_file, nullptr, nullptr};
        dwfl_ = dwfl_begin(&callbacks);
        if (!dwfl_) return;
        dwfl_linux_proc_report(dwfl_, getpid());
        dwfl_report_end(dwfl_, nullptr, nullptr);
    }
    ~Symbols() {
        if (dwfl_) dwfl_end(dwfl_);
    }
    Symbols(const Symbols&) = delete;
    Symbols& operator=(const Symbols&) = delete;

    /// Appends the frames of a return address: the functions inlined there, innermost first, then the real one.
    void append(std::vector<Frame>& frames, void* return_address) {
        const Dwarf_Addr address = reinterpret_cast<Dwarf_Addr>(return_address) - 1;  // inside of the call
        Frame frame;
        frame.address = return_address;
        Dwfl_Module* module = dwfl_ ? dwfl_addrmodule(dwfl_, address) : nullptr;
        if (module) {
            if (const char* name =
                    dwfl_module_info(module, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr))
                frame.module = name;
            if (const char* symbol = dwfl_module_addrname(module, address)) frame.function = demangle(symbol);
            if (Dwfl_Line* line = dwfl_module_getsrc(module, address)) {
                if (const char* file = dwfl_lineinfo(line, nullptr, &frame.line, nullptr, nullptr, nullptr))
                    frame.file = absolute(file, dwfl_line_comp_dir(line));
            }
            append_inlined(frames, frame, module, address);
        }
        frames.push_back(frame);
    }

private:
    /// Paths in debug information may be relative to the folder that the compiler ran in.
    static std::string absolute(const char* file, const char* folder) {
        if (file[0] == '/' || !folder) return file;
        return std::string(folder) + "/" + file;
    }

    static std::string name_of(Dwarf_Die* die) {
        Dwarf_Attribute attribute;
        for (const unsigned int kind : {DW_AT_linkage_name, DW_AT_name}) {
            if (const char* name = dwarf_formstring(dwarf_attr_integrate(die, kind, &attribute))) return demangle(name);
        }
        return {};
    }

    /// One frame per inlined function around ADDRESS; FRAME's place becomes that of the outermost call.
    static void append_inlined(std::vector<Frame>& frames, Frame& frame, Dwfl_Module* module, Dwarf_Addr address) {
        Dwarf_Addr bias = 0;
        Dwarf_Die* unit = dwfl_module_addrdie(module, address, &bias);
        Dwarf_Die* scopes = nullptr;
        const int count = unit ? dwarf_getscopes(unit, address - bias, &scopes) : 0;
        for (int i = 0; i < count; ++i) {
            if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine) continue;
            Frame inlined = frame;
            inlined.function = name_of(&scopes[i]);
            frames.push_back(inlined);
            Dwarf_Attribute attribute;
            Dwarf_Word line = 0, file = 0;
            dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_line, &attribute), &line);
            dwarf_formudata(dwarf_attr(&scopes[i], DW_AT_call_file, &attribute), &file);
            frame.line = static_cast<int>(line);
            Dwarf_Files* files = nullptr;
            std::size_t file_count = 0;
            if (dwarf_getsrcfiles(unit, &files, &file_count) == 0) {
                if (const char* path = dwarf_filesrc(files, file, nullptr, nullptr)) frame.file = path;
            }
        }
        std::free(scopes);
    }

    Dwfl* dwfl_ = nullptr;
};

/// Drops what stands between the throw expression and the capture.
void drop_machinery(std::vector<Frame>& frames) {
    for (std::size_t i = 0; i < frames.size() && i < 8; ++i) {
        if (frames[i].function != "__cxa_throw") continue;
        frames.erase(frames.begin(), frames.begin() + static_cast<std::ptrdiff_t>(i) + 1);
        return;
    }
}

/// Drops plumbing: calls of function objects, and what lies outside of the site's handler.
void drop_plumbing(std::vector<Frame>& frames) {
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (!frames[i].function.starts_with("nuages::views::base_handler(")) continue;
        frames.resize(i);
        break;
    }
    std::erase_if(frames, [](const Frame& frame) { return frame.file.ends_with("nuages/base/function.hpp"); });
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

/// Code that the site's author did not write.
bool is_framework(const Frame& frame) {
    static const std::string_view here = __FILE__;
    static const std::string_view sources = here.substr(0, here.size() - std::string_view("views/symbols.cpp").size());
    const std::string_view file = frame.file;
    if (file.ends_with("_test.cpp")) return false;
    return file.empty() || file.starts_with("/usr/") || file.starts_with(sources) ||
           file.find("/include/nuages/") != std::string_view::npos || frame.function.starts_with("std::");
}

}  // namespace

std::string demangle(const char* symbol) {
    int status = 0;
    char* text = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
    std::string result = status == 0 && text ? text : symbol;
    std::free(text);
    replace_all(result, "std::__cxx11::", "std::");
    replace_all(result, "std::basic_string_view<char, std::char_traits<char> >", "std::string_view");
    replace_all(result, "std::basic_string<char, std::char_traits<char>, std::allocator<char> >", "std::string");
    replace_all(result, "(anonymous namespace)::", "");
    return result;
}

std::vector<Frame> resolve(const std::vector<void*>& addresses) {
    static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&one_at_a_time);
    std::vector<Frame> frames;
    {
        Symbols symbols;
        for (void* address : addresses) symbols.append(frames, address);
    }
    pthread_mutex_unlock(&one_at_a_time);
    drop_machinery(frames);
    drop_plumbing(frames);
    for (Frame& frame : frames) frame.is_framework = is_framework(frame);
    return frames;
}

}  // namespace nuages::views::detail
