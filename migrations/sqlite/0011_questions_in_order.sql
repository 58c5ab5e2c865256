-- The search for new cards needs to know of siblings, and finds that in the index itself.
drop index questions_in_order;
create index questions_in_order on questions (bank, removed_at, position, fact);
