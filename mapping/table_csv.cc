#include "mapping/table_csv.h"

#include "mapping/utf8.h"

namespace luqiao::mapping {
namespace {

constexpr std::size_t kFileMax = 8u << 20;
constexpr std::size_t kRowsMax = 100'000;
constexpr std::size_t kCellsMax = 64;
constexpr std::size_t kCellBytesMax = 4u << 10;
constexpr std::string_view kBom = "\xEF\xBB\xBF";

/// One pass over the text. Stops at the first error: what follows it cannot be trusted.
class Reader {
public:
    Reader(std::string_view text, const std::string& file, Diagnostics& findings)
        : text_(text), file_(file), findings_(findings) {}

    std::vector<std::vector<Cell>> read() {
        std::vector<std::vector<Cell>> rows;
        if (text_.size() > kFileMax) {
            fault({"代码表文件超过 8 MiB", "a code table has at most 8 MiB"});
            return rows;
        }
        if (text_.starts_with(kBom)) text_.remove_prefix(kBom.size());
        if (!check_utf8()) return rows;
        while (!failed_ && at_ < text_.size()) {
            if (take_line_end()) continue;
            if (rows.size() > kRowsMax) {
                fault({"代码表超过 100000 行", "a code table has at most 100000 rows"});
                break;
            }
            rows.push_back(row());
        }
        if (failed_) rows.clear();
        return rows;
    }

private:
    bool check_utf8() {
        std::string_view rest = text_;
        while (!rest.empty()) {
            const std::size_t before = rest.size();
            const char32_t character = take_character(rest);
            if (character == kNoCharacter || character == 0) {
                fault({"代码表须为 UTF-8 编码", "a code table is UTF-8"});
                return false;
            }
            advance(before - rest.size());
        }
        at_ = 0;
        line_ = 1;
        column_ = 1;
        return true;
    }

    std::vector<Cell> row() {
        std::vector<Cell> cells;
        for (;;) {
            if (cells.size() == kCellsMax) {
                fault({"代码表超过 64 列", "a code table has at most 64 columns"});
                return cells;
            }
            cells.push_back(cell());
            if (failed_ || at_ == text_.size() || take_line_end()) return cells;
            advance(1);  // the comma
        }
    }

    Cell cell() {
        Cell out{{}, line_, column_};
        if (at_ < text_.size() && text_[at_] == '"') {
            quoted(out);
        } else {
            while (at_ < text_.size() && text_[at_] != ',' && !is_line_end()) {
                if (text_[at_] == '"') {
                    fault({"引号只能出现在整格加引号的单元格中（写成两个引号）",
                           "a quote stands in a quoted cell only, and doubled"});
                    return out;
                }
                take_into(out.text);
            }
        }
        if (out.text.size() > kCellBytesMax) {
            fault({"单元格超过 4 KiB", "a cell has at most 4 KiB"});
        }
        return out;
    }

    void quoted(Cell& out) {
        advance(1);
        for (;;) {
            if (at_ == text_.size()) {
                fault({"单元格的引号没有结束", "the quote of this cell does not end"}, &out);
                return;
            }
            if (text_[at_] != '"') {
                take_into(out.text);
                continue;
            }
            advance(1);
            if (at_ == text_.size() || text_[at_] != '"') break;
            take_into(out.text);
        }
        if (at_ < text_.size() && text_[at_] != ',' && !is_line_end()) {
            fault({"右引号之后应为逗号或行尾",
                   "after the closing quote comes a comma or the line end"});
        }
    }

    [[nodiscard]] bool is_line_end() const {
        return text_[at_] == '\n' || text_.substr(at_, 2) == "\r\n";
    }

    bool take_line_end() {
        if (!is_line_end()) return false;
        advance(text_[at_] == '\r' ? 2 : 1);
        return true;
    }

    void take_into(std::string& out) {
        out += text_[at_];
        advance(1);
    }

    void advance(std::size_t bytes) {
        for (const char byte : text_.substr(at_, bytes)) {
            if (byte == '\n') {
                ++line_;
                column_ = 1;
            } else if ((octet(byte) & 0xC0u) != 0x80) {
                ++column_;
            }
        }
        at_ += bytes;
    }

    void fault(Text message, const Cell* cell = nullptr) {
        failed_ = true;
        const Position at{file_, cell != nullptr ? cell->line : line_,
                          cell != nullptr ? cell->column : column_};
        findings_.add("M131", at, std::move(message));
    }

    std::string_view text_;
    const std::string& file_;
    Diagnostics& findings_;
    std::size_t at_ = 0;
    int line_ = 1;
    int column_ = 1;
    bool failed_ = false;
};

}  // namespace

std::vector<std::vector<Cell>> read_table_csv(std::string_view text,
                                              const std::string& file,
                                              Diagnostics& findings) {
    return Reader(text, file, findings).read();
}

}  // namespace luqiao::mapping
