// The state of the recorded models' tables: remembered, compared with what a case left behind, and put back.
#pragma once

#include "orm_models.hpp"

#include <map>
#include <string>
#include <vector>

namespace nuages::conformance {

class OrmState {
public:
    /// Remembers what the tables hold. To be called on a fiber.
    explicit OrmState(const OrmModels& models);

    /// Per changed table what was inserted, updated and deleted, as the recorded "after" has it.
    json::object changes() const;
    /// Makes the tables what they were.
    void restore() const;

private:
    struct Table {
        const models::ModelMeta* meta;
        std::string label;
        std::vector<json::object> rows;
    };
    static std::vector<json::object> read(const models::ModelMeta& meta);

    std::vector<Table> tables_;
};

}  // namespace nuages::conformance
