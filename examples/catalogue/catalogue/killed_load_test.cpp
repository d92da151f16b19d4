// The real program, killed in the middle of a load: what it leaves opens, and the next run goes on from there.
// CATALOGUE_PROGRAM names the program; CTest sets it.
#include <gtest/gtest.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr int kPackages = 12'000;

/// A program of ours with its standard output in a pipe.
class Program {
public:
    explicit Program(std::vector<std::string> arguments) {
        int ends[2];
        if (pipe(ends) != 0) std::abort();
        child_ = fork();
        if (child_ == 0) {
            dup2(ends[1], STDOUT_FILENO);
            dup2(ends[1], STDERR_FILENO);
            close(ends[0]);
            close(ends[1]);
            std::vector<char*> pointers;
            for (std::string& argument : arguments) pointers.push_back(argument.data());
            pointers.push_back(nullptr);
            execv(pointers[0], pointers.data());
            _exit(127);
        }
        close(ends[1]);
        output_ = fdopen(ends[0], "r");
    }
    ~Program() {
        if (child_ > 0) wait();
        fclose(output_);
    }

    /// The next line of output, or "" at its end.
    std::string line() {
        char text[1000];
        return fgets(text, sizeof text, output_) ? text : "";
    }
    std::string rest() {
        std::string all;
        for (std::string next; !(next = line()).empty();) all += next;
        return all;
    }
    void kill_now() { kill(child_, SIGKILL); }
    /// The exit code, or minus the signal.
    int wait() {
        int status = 0;
        waitpid(child_, &status, 0);
        child_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    pid_t child_;
    FILE* output_;
};

/// Packages that depend on their neighbours, before and after.
void write_packages(const std::filesystem::path& file) {
    std::ofstream out(file);
    for (int i = 0; i < kPackages; ++i) {
        out << "Package: package" << i << "\nVersion: 1." << i << "\nSection: section" << i % 7
            << "\nMaintainer: Maintainer " << i % 100 << " <m" << i % 100
            << "@example.org>\nArchitecture: all\nDepends: ";
        for (int j = 1; j <= 5; ++j) out << "package" << (i + j * 131) % kPackages << " (>= 1), ";
        out << "virtual | package" << (i + kPackages - 1) % kPackages << "\nProvides: virtual\nTag: a::" << i % 10
            << "\nDescription: number " << i << "\n\n";
    }
}

class KilledLoad : public ::testing::Test {
protected:
    void SetUp() override {
        const char* program = std::getenv("CATALOGUE_PROGRAM");
        if (!program) GTEST_SKIP() << "CATALOGUE_PROGRAM is not set: run this by ctest";
        program_ = program;
        char name[] = "/tmp/catalogue-test-XXXXXX";
        folder_ = mkdtemp(name);
        setenv("DATABASE_URL", ("sqlite:///" + (folder_ / "db.sqlite3").string()).c_str(), 1);
        setenv("SECRET_KEY", "of a test", 1);
        file_ = folder_ / "Packages";
        write_packages(file_);
        Program migrate({program_, "migrate"});
        const std::string output = migrate.rest();
        ASSERT_EQ(migrate.wait(), 0) << output;
    }
    void TearDown() override {
        if (!folder_.empty()) std::filesystem::remove_all(folder_);
    }
    std::vector<std::string> load_command() const {
        return {program_, "load_packages", file_.string(), "--batch-size", "200"};
    }

    std::string program_;
    std::filesystem::path folder_;
    std::filesystem::path file_;
};

}  // namespace

TEST_F(KilledLoad, GoesOnWhereItWasKilled) {
    {
        Program killed(load_command());
        std::string output;
        while (output.find("30 %") == std::string::npos) {
            const std::string line = killed.line();
            ASSERT_FALSE(line.empty()) << "ended before it could be killed: " << output;
            output += line;
        }
        killed.kill_now();
        EXPECT_EQ(killed.wait(), -SIGKILL);
    }
    Program second(load_command());
    const std::string output = second.rest();
    ASSERT_EQ(second.wait(), 0) << output;
    int packages = 0, created = 0, changed = -1, before = 0, removed = -1;
    const std::size_t summary = output.find(std::to_string(kPackages) + " packages: ");
    ASSERT_NE(summary, std::string::npos) << output;
    ASSERT_EQ(std::sscanf(output.c_str() + summary, "%d packages: %d new, %d changed, %d as before; %d removed",
                          &packages, &created, &changed, &before, &removed),
              5)
        << output;
    EXPECT_EQ(created + before, kPackages);
    EXPECT_GE(before, kPackages * 3 / 10) << "what was committed before the kill is there";
    EXPECT_GT(created, 0) << "it was killed in the middle";
    EXPECT_EQ(changed, 0);
    EXPECT_EQ(removed, 0);

    Program third(load_command());
    EXPECT_NE(third.rest().find("0 new, 0 changed, 12000 as before; 0 removed."), std::string::npos);
    EXPECT_EQ(third.wait(), 0);
}
