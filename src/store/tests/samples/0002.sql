-- The guest has an account now, and has brought a bank; a colleague is invited.
insert into accounts (learner, name, name_folded, password_hash, role, created_at, disabled_at)
values (1, '小豆', '小豆', '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA', 'teacher', 1772413200000, null);
insert into tickets (token_hash, purpose, learner, role, uses_left, created_by, created_at, expires_at)
values (x'00', 'invitation', null, 'teacher', 3, 1, 1772413200000, 1773018000000);
insert into audit_log (id, at, actor, actor_name, action, subject, detail)
values (1, 1772413200000, 1, '小豆', 'bank.create', 'own', '{}');
insert into banks (id, slug, lang, title_zh, title_en, license, author, audience, digest, created_at, synced_at, owner,
                   link)
values (2, 'own', 'zh', '我的', null, null, '小豆', 'link', '2', 1772413200000, 1772413200000, 1, 'secret');
insert into bank_versions (bank, number, digest, source, created_by, created_at)
values (2, 1, '2', 'bank: own', 1, 1772413200000);
insert into version_scenarios (bank, number, name, hash) values (2, 1, 'one', 's0');
insert into bank_scenarios (bank, name, hash) values (2, 'one', 's0');
insert into uploads (id, learner, file_name, bytes, created_at) values (1, 1, 'own.yaml', x'00', 1772413200000);
