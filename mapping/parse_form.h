// mapping/parse_form.h - forms/NAME.form: the canonical model, one field per line.
#pragma once

#include "mapping/ast.h"
#include "mapping/source.h"

#include <optional>

namespace luqiao::mapping {

/// Reads
///
///     form application v1                         # 一件事申请表 | one form
///     group applicant                             # 申请人 | applicant
///       surname  text(100, latin) !  C2           # 姓 | surname
///     end
///     list attachments key sm3 max 50             # 材料 | attachments
///       sm3      hex(32) !                        # 摘要 | digest
///     end
///     check COND else "中文 | English" [at path] [; not eligible]
///
/// Findings: M100 syntax, M102 limits, M104 a field twice, M105 name differs from the file's,
/// M180 list without max. Nothing is returned when the first line is not a form's.
std::optional<FormSyntax> parse_form(const SourceFile& source, Report& report);

/// Mendings that forms, formats and maps share: a line too many, an `end` too few, another name
/// than the file's.
Fix delete_line(const Report& report, int line);
Fix add_end(const Report& report);
Fix as_file(const Report& report, const Position& header, const std::string& name);

/// "psb.residence_apply" of "maps/psb.residence_apply.map".
std::string_view stem(std::string_view path);

}  // namespace luqiao::mapping
