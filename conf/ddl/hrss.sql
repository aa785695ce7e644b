-- 人社前置库 (SQLite). Broker writes AC01, AC02, FJ01, AC09; the department writes HRSS_RESULT.
-- MSGID is the broker's message id: a repeated message finds its rows and changes nothing.
-- SYNC_FLAG: '0' new, 'P' claimed, '1' taken over, 'E' refused (ERR_CODE, ERR_TEXT say why).
CREATE TABLE IF NOT EXISTS AC01 (
  ID      INTEGER PRIMARY KEY,
  MSGID   TEXT NOT NULL UNIQUE,
  YWLSH   TEXT NOT NULL,                       -- 业务流水号
  BWBH    TEXT NOT NULL,                       -- 报文编号
  BJBH    TEXT NOT NULL,                       -- 一件事办件编号
  CZLX    TEXT NOT NULL CHECK (CZLX IN ('I', 'U')),
  AAB001  TEXT,                                -- 单位编号
  AAB004  TEXT NOT NULL,                       -- 单位名称
  AAB998  TEXT NOT NULL,                       -- 统一社会信用代码
  AAB301  TEXT NOT NULL,                       -- 行政区划
  AAC002  TEXT,                                -- 社会保障号码（长度可变，不得按 18 位校验）
  AAC003  TEXT NOT NULL,                       -- 机读姓
  BAC003  TEXT,                                -- 机读名
  BAC004  TEXT,                                -- 中文姓名
  AAC004  TEXT NOT NULL,                       -- 性别
  AAC006  TEXT NOT NULL,                       -- 出生日期
  AAC058  TEXT NOT NULL,                       -- 证件类型
  AAC147  TEXT NOT NULL,                       -- 证件号码
  ACC010  TEXT NOT NULL,                       -- 证件有效期止
  AAC161  TEXT NOT NULL,                       -- 国籍（没有缺省值）
  AAE005  TEXT NOT NULL,                       -- 联系电话
  AAC013  TEXT,                                -- 用工形式
  AAE030  TEXT NOT NULL,                       -- 合同起始日期
  AAE031  TEXT NOT NULL,                       -- 合同终止日期
  AAE041  TEXT NOT NULL,                       -- 参保起始年月
  AAC040  TEXT NOT NULL,                       -- 缴费工资
  BAC601  TEXT,                                -- 工作许可证号
  BAC602  TEXT,                                -- 工作许可有效期至
  BAC603  TEXT,                                -- 居留证件号码
  BAC610  TEXT,                                -- 双边协定国
  BAC611  TEXT,                                -- 参保证明编号
  AAE036  TEXT NOT NULL,                       -- 申请时间
  MAKETIME TEXT,
  SYNC_FLAG TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,
  ERR_CODE TEXT,
  ERR_TEXT TEXT
);
CREATE INDEX IF NOT EXISTS AC01_OPEN ON AC01 (SYNC_FLAG, ID);
CREATE INDEX IF NOT EXISTS AC01_YWLSH ON AC01 (YWLSH);

CREATE TABLE IF NOT EXISTS AC02 (
  ID      INTEGER PRIMARY KEY,
  MSGID   TEXT NOT NULL,
  YWLSH   TEXT NOT NULL,
  AAE140  TEXT NOT NULL,                       -- 险种类型
  SYNC_FLAG TEXT NOT NULL DEFAULT '0',
  UNIQUE (MSGID, AAE140)
);

CREATE TABLE IF NOT EXISTS FJ01 (
  ID      INTEGER PRIMARY KEY,
  MSGID   TEXT NOT NULL,
  YWLSH   TEXT NOT NULL,
  FJLX    TEXT NOT NULL,                       -- 材料类型
  FJBS    TEXT NOT NULL,                       -- 文件标识
  FJMC    TEXT,                                -- 文件名
  FJZY    TEXT,                                -- SM3 摘要
  SYNC_FLAG TEXT NOT NULL DEFAULT '0',
  UNIQUE (MSGID, FJBS)
);

CREATE TABLE IF NOT EXISTS AC09 (
  ID      INTEGER PRIMARY KEY,
  MSGID   TEXT NOT NULL UNIQUE,
  YWLSH   TEXT NOT NULL,                       -- 业务流水号
  BWBH    TEXT NOT NULL,                       -- 报文编号
  BJBH    TEXT NOT NULL,                       -- 一件事办件编号
  CZLX    TEXT NOT NULL CHECK (CZLX = 'D'),    -- 操作类型 D撤回
  AAE036  TEXT NOT NULL,                       -- 撤回时间
  YYDM    TEXT,                                -- 原因代码
  AAE013  TEXT,                                -- 撤回原因
  MAKETIME TEXT,
  SYNC_FLAG TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,
  ERR_CODE TEXT,
  ERR_TEXT TEXT
);
CREATE INDEX IF NOT EXISTS AC09_OPEN ON AC09 (SYNC_FLAG, ID);

CREATE TABLE IF NOT EXISTS HRSS_RESULT (
  ID      INTEGER PRIMARY KEY,
  YWLSH   TEXT NOT NULL,                       -- 业务流水号（平台）
  SLBH    TEXT,                                -- 受理编号（人社）
  BLZT    TEXT NOT NULL,                       -- 1受理 2补正 3办结 4不予办理 5不予受理
  AAE036  TEXT NOT NULL,                       -- 经办时间
  AAC001  TEXT,                                -- 个人编号
  AAC002  TEXT,                                -- 社会保障号码
  AAC049  TEXT,                                -- 首次参保日期，无则 00000000
  AAB999  TEXT,                                -- 决定机关统一社会信用代码
  YYDM    TEXT,                                -- 原因代码
  AAE013  TEXT,                                -- 备注（原因说明）
  JJTJ    TEXT,                                -- 救济途径
  SFJE    TEXT,                                -- 收费金额
  MAKETIME TEXT,
  SYNC_FLAG TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,
  MSGID   TEXT,
  CASENO  TEXT,
  ERR_CODE TEXT,
  ERR_TEXT TEXT
);
CREATE INDEX IF NOT EXISTS HRSS_RESULT_OPEN ON HRSS_RESULT (SYNC_FLAG, ID);

-- 对账清单: what the department says it took on a day, a row a message (docs/guides/operations.zh.md).
CREATE TABLE IF NOT EXISTS LUQIAO_MANIFEST (
  DAY       TEXT NOT NULL,                     -- 2025-10-13
  DIRECTION TEXT NOT NULL CHECK (DIRECTION IN ('received', 'sent')),
  MSGID     TEXT NOT NULL,
  SM3       TEXT,                              -- of the message; NULL: rows are kept, not bytes
  PRIMARY KEY (DAY, DIRECTION, MSGID)
);

-- Ours of the same day: what we know the department took.
CREATE TABLE IF NOT EXISTS LUQIAO_OURS (
  DAY       TEXT NOT NULL,
  DIRECTION TEXT NOT NULL CHECK (DIRECTION IN ('received', 'sent')),
  MSGID     TEXT NOT NULL,
  SM3       TEXT,
  PRIMARY KEY (DAY, DIRECTION, MSGID)
);
