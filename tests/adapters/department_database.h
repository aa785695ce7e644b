// tests/adapters/department_database.h - the department's own connection to an exchange database.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace luqiao::adapters {

class DepartmentDatabase {
public:
    explicit DepartmentDatabase(const std::filesystem::path& file) {
        sqlite3_open(file.c_str(), &database_);
    }
    DepartmentDatabase(const DepartmentDatabase&) = delete;
    DepartmentDatabase& operator=(const DepartmentDatabase&) = delete;
    ~DepartmentDatabase() { sqlite3_close(database_); }

    void run(const std::string& sql) {
        char* message = nullptr;
        if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, &message) != SQLITE_OK) {
            ADD_FAILURE() << sql << ": " << message;
        }
        sqlite3_free(message);
    }
    /// All values, `|` between columns, `;` between rows, `-` for NULL.
    std::string ask(const std::string& sql) {
        std::string out;
        const auto add = [](void* to, int count, char** values, char**) {
            auto& text = *static_cast<std::string*>(to);
            if (!text.empty()) text += ';';
            for (int index = 0; index < count; ++index) {
                if (index > 0) text += '|';
                text += values[index] == nullptr ? "-" : values[index];
            }
            return 0;
        };
        char* message = nullptr;
        if (sqlite3_exec(database_, sql.c_str(), add, &out, &message) != SQLITE_OK) {
            ADD_FAILURE() << sql << ": " << message;
        }
        sqlite3_free(message);
        return out;
    }

private:
    sqlite3* database_ = nullptr;
};

}  // namespace luqiao::adapters
