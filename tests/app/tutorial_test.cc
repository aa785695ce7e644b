// The tutorial for rule authors is run: its files are written, its commands are called in order,
// and what they print must be what the page shows. LUQIAO_UPDATE=1 writes the page anew.
//
//     ```csv NAME, ```form, ```format, ```map, ```draft, ```json FILE, ```toml FILE   a file
//     ```console             `$ COMMAND`, and under it what it prints: first data, then talk
//     <!-- sh: COMMAND -->   what the reader does in an editor
//     <!-- sheet: FILE: OLD => NEW -->   what the reader does in a spreadsheet
#include "app/configuration.h"
#include "tests/app/rule_program.h"
#include "tests/places.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <zip.h>

namespace luqiao::app {
namespace {

/// The `at`-th word of `text`, from 0.
std::string word(const std::string& text, int at) {
    std::istringstream words(text);
    std::string out;
    for (int count = 0; count <= at; ++count) {
        if (!(words >> out)) return {};
    }
    return out;
}

/// Where the block goes; empty: it is no file.
std::string file_of(const std::string& info, const std::string& text) {
    const std::string kind = word(info, 0);
    if (kind == "csv") return "conf/codes/" + word(info, 1) + ".csv";
    if (kind == "form") return "conf/forms/" + word(text, 1) + ".form";
    if (kind == "format") return "conf/formats/" + word(text, 1) + ".format";
    if (kind == "map" || kind == "draft") return "conf/maps/" + word(text, 1) + ".map";
    if (kind == "toml") return "conf/" + word(info, 1);
    return kind == "json" ? word(info, 1) : "";
}

class Tutorial {
public:
    Tutorial() { std::filesystem::remove_all(program_.conf()); }

    /// The page with what its commands print today.
    std::string run(const std::string& page) {
        std::istringstream lines(page);
        std::ostringstream out;
        for (std::string line; std::getline(lines, line);) {
            out << line << '\n';
            if (line.starts_with("<!-- ")) aside(line.substr(5, line.size() - 9));
            if (!line.starts_with("```")) continue;
            const std::string info = line.substr(3);
            std::string text;
            while (std::getline(lines, line) && line != "```") text += line + "\n";
            out << block(info, text) << "```\n";
        }
        return out.str();
    }

    [[nodiscard]] int commands() const { return commands_; }

private:
    std::string block(const std::string& info, const std::string& text) {
        if (info == "console") return console(text);
        if (const std::string file = file_of(info, text); !file.empty()) program_.write(file, text);
        return text;
    }

    std::string console(const std::string& text) {
        std::istringstream lines(text);
        std::string out;
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("$ ")) continue;
            ++commands_;
            const Ran ran = shell(line.substr(2));
            out += line + "\n" + ran.out + ran.err;
        }
        return out;
    }

    void aside(const std::string& what) {
        if (what.starts_with("sh: ")) {
            EXPECT_EQ(shell(what.substr(4)).exit_code, 0) << what;
        } else if (what.starts_with("sheet: ")) {
            const std::size_t colon = what.find(": ", 7);
            const std::size_t arrow = what.find(" => ");
            ASSERT_NE(arrow, std::string::npos) << what;
            in_sheet(what.substr(7, colon - 7), what.substr(colon + 2, arrow - colon - 2),
                     what.substr(arrow + 4));
        }
    }

    /// libxlsxwriter 1.1.4 does not free the formula of a choice that names a range: no page shows
    /// what LeakSanitizer says of it.
    [[nodiscard]] Ran shell(const std::string& command) const {
        program_.write("leaks", "leak:libxlsxwriter\n");
        return program_.run_other({"sh", "-c",
                                   "PATH=" + places::binary() +
                                       ":$PATH; LSAN_OPTIONS=print_suppressions=0:suppressions=" +
                                       (program_.folder() / "leaks").string() +
                                       "; export PATH LSAN_OPTIONS; " + command});
    }

    /// Replaces the text of cells.
    void in_sheet(const std::string& file, const std::string& from, const std::string& to) const {
        zip_t* const archive = zip_open((program_.folder() / file).c_str(), 0, nullptr);
        ASSERT_NE(archive, nullptr) << file;
        int replaced = 0;
        for (zip_int64_t entry = 0; entry < zip_get_num_entries(archive, 0); ++entry) {
            const auto index = static_cast<zip_uint64_t>(entry);
            zip_stat_t stat;
            zip_stat_index(archive, index, 0, &stat);
            std::string bytes(stat.size, '\0');
            zip_file_t* const part = zip_fopen_index(archive, index, 0);
            ASSERT_EQ(zip_fread(part, bytes.data(), bytes.size()),
                      static_cast<zip_int64_t>(bytes.size()));
            zip_fclose(part);
            const std::size_t at = bytes.find(">" + from + "<");
            if (at == std::string::npos) continue;
            bytes.replace(at + 1, from.size(), to);
            ++replaced;
            void* const copy = std::malloc(bytes.size());  // libzip frees it
            std::memcpy(copy, bytes.data(), bytes.size());
            zip_source_t* const source = zip_source_buffer(archive, copy, bytes.size(), 1);
            zip_file_replace(archive, index, source, 0);
        }
        EXPECT_EQ(replaced, 1) << from;
        EXPECT_EQ(zip_close(archive), 0);
    }

    RuleProgram program_;
    int commands_ = 0;
};

TEST(Tutorial, ShowsWhatItsCommandsPrint) {
    const std::string path = places::source() + "/docs/guides/first-rule.zh.md";
    const std::string page = *read_file(path);
    Tutorial tutorial;
    const std::string now = tutorial.run(page);
    EXPECT_GE(tutorial.commands(), 12);
    if (std::getenv("LUQIAO_UPDATE") != nullptr) {
        std::ofstream(path, std::ios::binary) << now;
        return;
    }
    EXPECT_EQ(now, page) << "LUQIAO_UPDATE=1 writes it anew";
}

}  // namespace
}  // namespace luqiao::app
