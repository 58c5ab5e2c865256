-- People who sign in, and banks that people bring.

-- A guest is a learner without an account.
alter table learners drop column kind;

-- What lets a learner sign in from anywhere.
create table accounts (
    learner       integer primary key not null references learners (id) on delete cascade,
    name          text    not null,        -- as they write it
    name_folded   text    not null unique, -- as it is compared
    password_hash text    not null,        -- Argon2id, in PHC's spelling
    role          text    not null check (role in ('learner', 'teacher', 'admin')),
    created_at    integer not null,
    disabled_at   integer
) strict;

-- Links that let someone do one thing. Only the SHA-256 of the secret is here.
create table tickets (
    token_hash blob    primary key not null,
    purpose    text    not null check (purpose in ('invitation', 'reset', 'first-admin')),
    learner    integer references learners (id) on delete cascade, -- whose password is reset
    role       text    check (role in ('learner', 'teacher', 'admin')), -- what an invitation makes of who takes it
    uses_left  integer not null check (uses_left >= 0),
    created_by integer references learners (id) on delete set null,
    created_at integer not null,
    expires_at integer not null
) strict, without rowid;

-- Who changed a role, a bank or an account. It refers to nothing, so that it outlives what it tells of.
create table audit_log (
    id         integer primary key,
    at         integer not null,
    actor      integer,           -- a learner's number; null is the command line
    actor_name text,
    action     text    not null,
    subject    text    not null,
    detail     text    not null   -- JSON
) strict;

-- What the browser calls itself, for the list of sessions.
alter table sessions add column agent text;

-- Who may study a bank: all learners are enrolled (the built-in content), or may enroll themselves, or come by its link,
-- or only its owner.
alter table banks drop column audience;
alter table banks add column audience text not null default 'everyone'
    check (audience in ('everyone', 'public', 'link', 'private'));
alter table banks add column owner integer references learners (id) on delete set null;
alter table banks add column link text; -- the secret of the link that lets learners join
create unique index banks_by_link on banks (link);
create index banks_of_owner on banks (owner);

-- What a bank said, each time that its owner changed it.
create table bank_versions (
    bank       integer not null references banks (id) on delete cascade,
    number     integer not null check (number > 0),
    digest     text    not null,
    source     text    not null, -- the bank as YAML
    created_by integer references learners (id) on delete set null,
    created_at integer not null,
    primary key (bank, number)
) strict, without rowid;

-- The scenarios of that version, by the names its questions use.
create table version_scenarios (
    bank   integer not null,
    number integer not null,
    name   text    not null,
    hash   text    not null references scenarios (hash),
    primary key (bank, number, name),
    foreign key (bank, number) references bank_versions (bank, number) on delete cascade
) strict, without rowid;

-- What a scenario's name means in a bank now: its own scenario, or the built-in one as it was when the bank came.
create table bank_scenarios (
    bank integer not null references banks (id) on delete cascade,
    name text    not null,
    hash text    not null references scenarios (hash),
    primary key (bank, name)
) strict, without rowid;

-- A file that a teacher sent and has not taken in yet.
create table uploads (
    id         integer primary key,
    learner    integer not null references learners (id) on delete cascade,
    file_name  text    not null,
    bytes      blob    not null,
    created_at integer not null
) strict;
create index uploads_of_learner on uploads (learner, created_at);
