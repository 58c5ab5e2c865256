-- Of the questions of one fact only one is new on one day. To count how many a learner may still have, it is enough to
-- look at the last question of each fact: where that has not been answered, there is one.
alter table questions add column last_of_fact integer not null default 0; -- 1: no later one that is asked tests its fact
create index questions_of_fact on questions (bank, fact, removed_at, position);
update questions
set last_of_fact = 1
where removed_at is null
  and (fact is null or position = (
      select max(other.position) from questions other
      where other.bank = questions.bank and other.fact = questions.fact and other.removed_at is null));
create index last_of_facts on questions (bank, position, fact) where last_of_fact = 1;
