-- What else there is to know of a file that waits to be taken in.

-- Where the file cannot say it: which bank it is, in which language, under which title.
alter table uploads add column slug text not null default '';
alter table uploads add column lang text not null default 'zh';
alter table uploads add column title text not null default '';
-- The version that comes back, where it is no file but an earlier version.
alter table uploads add column restores integer;
