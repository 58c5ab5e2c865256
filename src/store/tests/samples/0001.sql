-- A guest who has answered one question of one bank. The token's hash is the text 0123456789abcdef, twice.
insert into learners (id, kind, created_at, reading, zone, day_start_minute, new_per_day, reviews_per_day, retention)
values (1, 'guest', 1772413200000, 'zh+en', 'Asia/Shanghai', 240, 20, 200, 900);
insert into sessions (token_hash, learner, created_at, seen_at)
values (x'3031323334353637383961626364656630313233343536373839616263646566', 1, 1772413200000, 1772413200000);
insert into banks (id, slug, lang, title_zh, title_en, license, author, audience, digest, created_at, synced_at)
values (1, 'pods', 'zh', '豆荚', 'Pods', 'CC-BY-4.0', null, 'everyone', '1', 1772413200000, 1772413200000);
insert into enrollments (learner, bank, since, frontier) values (1, 1, 1772413200000, 0);
insert into questions (id, bank, ident, hash, semantic_key, fact, kind, difficulty, position, removed_at)
values (1, 1, 'q0', 'h0', 'a', null, 'single', 2, 0, null);
insert into question_versions (id, question, hash, body, frozen, simulator, created_at)
values (1, 1, 'h0', '{"ask":"?"}', null, null, 1772413200000);
insert into scenarios (hash, name, source, created_at) values ('s0', 'one', 'scenario: one', 1772413200000);
insert into cards (learner, question, state, step, stability, difficulty, interval_days, last_at, due_at, reps, lapses,
                   turn, since_turn)
values (1, 1, 'learning', 1, 2300000, 5000000, null, 1772413200000, 1772413800000, 1, 0, 1, 0);
insert into reviews (id, learner, question, turn, answered_at, hash, lang, shown, answer, score, first_exposure, took_ms,
                     rating, was, before, undone_at)
values (1, 1, 1, 0, 1772413200000, 'h0', 'zh+en', '["b","a"]', 'a', 1000, 1, 4000, 3, 'new',
        '{"state":"new","step":null,"stability":null,"difficulty":null,"interval_days":null,"last_at":null,"due_at":null,"reps":0,"lapses":0,"since_turn":0}',
        null);
insert into meta (name, value) values ('content-digest', 'd');
