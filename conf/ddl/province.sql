-- 省政务服务平台办件库 (SQLite). The broker writes, the province takes over by SIGNSTATE.
-- EXT1 is the broker's message id: a repeated message finds its rows and changes nothing.
-- SIGNSTATE: '0' new, set by the province when it has taken the row.

CREATE TABLE IF NOT EXISTS PRE_APASINFO ( -- 申报登记
  PROJID TEXT NOT NULL,                 -- 申办流水号
  DATAVER TEXT NOT NULL,                -- 数据版本
  ITEM_CODE TEXT NOT NULL,              -- 事项编码
  ITEMVERSION TEXT NOT NULL,            -- 事项版本
  ITEMNAME TEXT NOT NULL,               -- 事项名称
  PROJECTNAME TEXT NOT NULL,            -- 办件名称
  INFOTYPE TEXT NOT NULL,               -- 1即办 2承诺 3联办 4上报
  APPLYNAME TEXT NOT NULL,              -- 申请人
  APPLY_CARDTYPE TEXT NOT NULL,         -- 证件类型 GA/T 2000.156
  APPLY_CARDTYPENUMBER TEXT NOT NULL,   -- 证件号码
  TELPHONE TEXT,                        -- 电话
  DEPTID TEXT,                          -- 申请单位统一社会信用代码
  DEPTNAME TEXT,                        -- 申请单位名称
  RECEIVETIME TEXT NOT NULL,            -- 收件时间
  APPLYFROM TEXT NOT NULL,              -- 申报来源 0窗口 1网上
  APPROVE_TYPE TEXT NOT NULL,           -- 1普通 2特别程序 3并联 4联办
  REGION_ID TEXT NOT NULL,              -- 区划
  DATASTATE TEXT NOT NULL,              -- 0作废 1有效
  CREATE_TIME TEXT NOT NULL,            -- 创建时间
  SYSMARK TEXT NOT NULL,                -- 来源系统
  CD_OPERATION TEXT NOT NULL,           -- I U D
  MAKETIME TEXT,                        -- 入库时间
  SIGNSTATE TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,                  -- of whoever takes the row over
  EXT1 TEXT NOT NULL,
  EXT2 TEXT,
  EXT3 TEXT,
  EXT4 TEXT,
  PRIMARY KEY (PROJID, DATAVER)
);
CREATE INDEX IF NOT EXISTS PRE_APASINFO_OPEN ON PRE_APASINFO (SIGNSTATE);
CREATE INDEX IF NOT EXISTS PRE_APASINFO_EXT1 ON PRE_APASINFO (EXT1);

CREATE TABLE IF NOT EXISTS EA_JC_STEP_BASICINFO ( -- 受理
  ORGBUSNO TEXT NOT NULL,               -- 业务流水号
  PROJID TEXT NOT NULL,                 -- 申办流水号
  DATAVER TEXT NOT NULL,                -- 数据版本
  STDVER TEXT NOT NULL,                 -- 标准版本
  REGION_ID TEXT NOT NULL,              -- 区划
  ITEM_CODE TEXT NOT NULL,              -- 事项编码
  ITEMNAME TEXT NOT NULL,               -- 事项名称
  PROJECTNAME TEXT NOT NULL,            -- 办件名称
  APPLICANT TEXT NOT NULL,              -- 申请人
  APPLICANTMOBILE TEXT,                 -- 申请人手机
  ACCEPTDEPTNAME TEXT NOT NULL,         -- 受理部门
  ACCEPTDEPTID TEXT NOT NULL,           -- 受理部门统一社会信用代码
  ACCEPTDEPTCODE1 TEXT NOT NULL,        -- 若没有则填无
  ACCEPTDEPTCODE2 TEXT NOT NULL,        -- 若没有则填无
  APPROVALTYPE TEXT NOT NULL,           -- 审批类型
  PROMISETIMELIMIT TEXT NOT NULL,       -- 承诺时限
  PROMISETIMEUNIT TEXT NOT NULL,        -- 1工作日 2自然日
  TIMELIMIT TEXT NOT NULL,              -- 法定时限
  TIMEUNIT TEXT NOT NULL,               -- G工作日 Z自然日
  SUBMIT TEXT NOT NULL,                 -- 提交方式 0窗口 1网上
  OCCURTIME TEXT NOT NULL,              -- 发生时间
  TRANSACTOR TEXT NOT NULL,             -- 办理人
  MAKETIME TEXT NOT NULL,               -- 入库时间
  SIGNSTATE TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,                  -- of whoever takes the row over
  EXT1 TEXT NOT NULL,
  EXT2 TEXT,
  EXT3 TEXT,
  EXT4 TEXT,
  PRIMARY KEY (ORGBUSNO, PROJID, DATAVER)
);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_BASICINFO_OPEN ON EA_JC_STEP_BASICINFO (SIGNSTATE);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_BASICINFO_EXT1 ON EA_JC_STEP_BASICINFO (EXT1);

CREATE TABLE IF NOT EXISTS EA_JC_STEP_PROC ( -- 过程
  ORGBUSNO TEXT NOT NULL,               -- 业务流水号
  PROJID TEXT NOT NULL,                 -- 申办流水号
  SN TEXT NOT NULL,                     -- 序号
  DATAVER TEXT NOT NULL,                -- 数据版本
  STDVER TEXT NOT NULL,                 -- 标准版本
  REGION_ID TEXT NOT NULL,              -- 区划
  ITEM_CODE TEXT NOT NULL,              -- 事项编码
  IMPLEMENT_CODE TEXT NOT NULL,         -- 实施编码
  NODENAME TEXT NOT NULL,               -- 环节名称
  NODECODE TEXT NOT NULL,               -- 环节编码
  NODETYPE TEXT NOT NULL,               -- 1开始 2中间 3结束 4唯一
  NODEPROCERNAME TEXT NOT NULL,         -- 办理人
  PROCUNIT TEXT NOT NULL,               -- 办理单位统一社会信用代码
  PROCUNITNAME TEXT NOT NULL,           -- 办理单位
  NODESTATE TEXT NOT NULL,              -- 01待办 02已办
  NODESTARTTIME TEXT NOT NULL,          -- 开始时间
  NODEENDTIME TEXT NOT NULL,            -- 结束时间（没有则填开始时间）
  NODEADV TEXT,                         -- 办理意见
  NODERESULT TEXT NOT NULL,             -- 0不同意 1同意 3不予受理 4受理 5补齐补正
  MAKETIME TEXT NOT NULL,               -- 入库时间
  SIGNSTATE TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,                  -- of whoever takes the row over
  EXT1 TEXT NOT NULL,
  EXT2 TEXT,
  EXT3 TEXT,
  EXT4 TEXT,
  PRIMARY KEY (ORGBUSNO, PROJID, SN, DATAVER)
);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_PROC_OPEN ON EA_JC_STEP_PROC (SIGNSTATE);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_PROC_EXT1 ON EA_JC_STEP_PROC (EXT1);

CREATE TABLE IF NOT EXISTS EA_JC_STEP_SPECIALNODE ( -- 特殊环节
  ORGBUSNO TEXT NOT NULL,               -- 业务流水号
  PROJID TEXT NOT NULL,                 -- 申办流水号
  SN TEXT NOT NULL,                     -- 序号
  DATAVER TEXT NOT NULL,                -- 数据版本
  STDVER TEXT NOT NULL,                 -- 标准版本
  REGION_ID TEXT NOT NULL,              -- 区划
  ITEM_CODE TEXT NOT NULL,              -- 事项编码
  NODENAME TEXT NOT NULL,               -- 环节名称
  NODEPROCERNAME TEXT NOT NULL,         -- 办理人
  NODESTARTTIME TEXT NOT NULL,          -- 开始时间
  NODEPROCADV TEXT NOT NULL,            -- 办理意见
  NODEPROCACCORD TEXT NOT NULL,         -- 办理依据
  NODERESULT TEXT NOT NULL,             -- 1补齐补正 2听证 3公示 4核实 5挂起 6预审补齐补正
  MAKETIME TEXT NOT NULL,               -- 入库时间
  SIGNSTATE TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,                  -- of whoever takes the row over
  EXT1 TEXT NOT NULL,
  EXT2 TEXT,
  EXT3 TEXT,
  EXT4 TEXT,
  PRIMARY KEY (ORGBUSNO, PROJID, SN, DATAVER)
);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_SPECIALNODE_OPEN ON EA_JC_STEP_SPECIALNODE (SIGNSTATE);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_SPECIALNODE_EXT1 ON EA_JC_STEP_SPECIALNODE (EXT1);

CREATE TABLE IF NOT EXISTS EA_JC_STEP_DONE ( -- 办结
  ORGBUSNO TEXT NOT NULL,               -- 业务流水号
  PROJID TEXT NOT NULL,                 -- 申办流水号
  DATAVER TEXT NOT NULL,                -- 数据版本
  STDVER TEXT NOT NULL,                 -- 标准版本
  REGION_ID TEXT NOT NULL,              -- 区划
  ITEM_CODE TEXT NOT NULL,              -- 事项编码
  ITEMNAME TEXT NOT NULL,               -- 事项名称
  PROCUNIT TEXT NOT NULL,               -- 办理单位统一社会信用代码
  PROCUNITNAME TEXT NOT NULL,           -- 办理单位
  DONERESULT TEXT NOT NULL,             -- 0准予 1不予许可 5退件 6不予受理（标准 2.0）
  EXITRES TEXT,                         -- 退回等原因
  APPROVALNUMBER TEXT,                  -- 批准文号
  CERTIFICATENAM TEXT,                  -- 证照名称
  CERTIFICATENO TEXT,                   -- 证照编号
  CERTIFICATELIMIT TEXT,                -- 证照有效期至
  PUBLISHER TEXT,                       -- 发证单位
  ISFEE TEXT NOT NULL,                  -- 是否收费
  FEE TEXT,                             -- 金额
  FEESTANDARD TEXT,                     -- 收费标准
  FEESTANDACCORD TEXT,                  -- 收费依据
  ISDELIVERYRESULTS TEXT NOT NULL,      -- 结果是否送达
  RESULTCETRNAME TEXT,                  -- 结果文书名称
  OCCURTIME TEXT NOT NULL,              -- 办结时间
  TRANSACTOR TEXT NOT NULL,             -- 办理人
  MAKETIME TEXT NOT NULL,               -- 入库时间
  SIGNSTATE TEXT NOT NULL DEFAULT '0',
  LEASE_UNTIL INTEGER,                  -- of whoever takes the row over
  EXT1 TEXT NOT NULL,
  EXT2 TEXT,
  EXT3 TEXT,
  EXT4 TEXT,
  PRIMARY KEY (ORGBUSNO, PROJID, DATAVER)
);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_DONE_OPEN ON EA_JC_STEP_DONE (SIGNSTATE);
CREATE INDEX IF NOT EXISTS EA_JC_STEP_DONE_EXT1 ON EA_JC_STEP_DONE (EXT1);

-- 对账清单: what the department says it took on a day, a row a message (docs/guides/operations.zh.md).
CREATE TABLE IF NOT EXISTS LUQIAO_MANIFEST (
  DAY       TEXT NOT NULL,                     -- 2025-10-13
  DIRECTION TEXT NOT NULL CHECK (DIRECTION IN ('received', 'sent')),
  MSGID     TEXT NOT NULL,
  SM3       TEXT,                              -- of the message; NULL: rows are kept, not bytes
  PRIMARY KEY (DAY, DIRECTION, MSGID)
);
