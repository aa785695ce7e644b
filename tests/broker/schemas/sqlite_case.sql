-- One case as that program wrote it: a message, a delivery that waits and one that is dead.
INSERT INTO cases (key, id, number, version, decided, created, wake_at, state) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000001', 'FW20251009AAAA0001', 1, 0, 1759975200000, NULL,
     '{"v":1,"id":"0199c5a2-7b1e-7c3d-8f00-000000000001","number":"FW20251009AAAA0001","version":1,"service":"foreigner_work","service_version":1,"channel":"portal","bundle":"b1","accepted_at":1759975200000,"items":[],"deliveries":[]}');
INSERT INTO records (case_key, record) VALUES (1, '{"case":{"number":"FW20251009AAAA0001"}}');
INSERT INTO messages (key, id, case_key, party, format, dedup_key, sm3, nonce, bundle, at, body) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000002', 1, 'portal', 'portal.apply', 'k1', 'd1', 'n1', 'b1',
     1759975200000, x'7B7D');
INSERT INTO bodies (key, body) VALUES (1, x'414243'), (2, x'44454647');
INSERT INTO deliveries (case_key, id, party, map, state, due_at, attempts, cause, body_key) VALUES
    (1, x'0199C5A27B1E7C3D8F00000000000003', 'sti', 'sti.apply', 1, 1759975200000, 0, '', 1),
    (1, x'0199C5A27B1E7C3D8F00000000000004', 'psb', 'psb.residence_apply', 7, 1759975201000, 3,
     'E5003', 2);
INSERT INTO timeline (case_key, version, place, at, event, party, item, detail) VALUES
    (1, 1, 0, 1759975200000, 'case.accepted', 'portal', '', '');
INSERT INTO counts (name, count) VALUES
    ('cases', 1), ('messages', 1), ('deliveries.sti.pending', 1), ('deliveries.psb.dead', 1);
