// mapping/parse_format.h - formats/PARTY.MESSAGE.format: one message format of one party.
#pragma once

#include "mapping/format.h"
#include "mapping/source.h"

#include <optional>

namespace luqiao::mapping {

/// Reads
///
///     format psb.residence_apply v1      # 公安 居留许可申请 | residence permit application
///     kind xml                           # json | xml | fixed | table | thrift | csv
///     charset gb18030
///     root DATA
///     key HEAD.LSH
///     group HEAD
///       LSH   text ! bytes 32            # 流水号 | serial
///     end
///     list CL @ CLLB.CL max 50
///       LX    text ! @ attribute LX
///     end
///
/// Findings: M100 syntax, M101 key, M102 limits, M104 a field twice, M105 name differs from the
/// file's, M106 what does not fit the kind of format, M180 list without max.
std::optional<Format> parse_format(const SourceFile& source, Report& report);

}  // namespace luqiao::mapping
