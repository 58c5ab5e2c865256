-- What a study service keeps: learners, banks of questions, and what each learner remembers.
--
-- Instants are UTC milliseconds (`…_at`). Scores and retention are per mille; FSRS stability and difficulty are
-- millionths. Truth is 0 or 1. Column types are integers, text and blobs only, so that PostgreSQL can keep the same.

-- A person who studies. A guest is known by a session only.
create table learners (
    id               integer primary key,
    kind             text    not null check (kind in ('guest')),
    created_at       integer not null,
    reading          text    not null, -- zh, en, zh+en or en+zh
    zone             text    not null, -- IANA name
    day_start_minute integer not null check (day_start_minute between 0 and 1439),
    new_per_day      integer not null check (new_per_day >= 0),
    reviews_per_day  integer not null check (reviews_per_day >= 0),
    retention        integer not null check (retention between 700 and 990)
) strict;

-- A browser that is known. Only the SHA-256 of its token is here.
create table sessions (
    token_hash blob    primary key not null,
    learner    integer not null references learners (id) on delete cascade,
    created_at integer not null,
    seen_at    integer not null
) strict, without rowid;
create index sessions_of_learner on sessions (learner);

create table banks (
    id         integer primary key,
    slug       text    not null unique,
    lang       text    not null check (lang in ('zh', 'en')),
    title_zh   text,
    title_en   text,
    license    text,
    author     text,
    audience   text    not null check (audience in ('everyone', 'private')),
    digest     text    not null, -- of everything in the bank: the same digest, the same bank
    created_at integer not null,
    synced_at  integer not null,
    check (title_zh is not null or title_en is not null)
) strict;

-- Which banks a learner studies.
create table enrollments (
    learner  integer not null references learners (id) on delete cascade,
    bank     integer not null references banks (id) on delete cascade,
    since    integer not null,
    frontier integer not null default 0, -- no new card stands before this position: where the search for one begins
    primary key (learner, bank)
) strict, without rowid;
create index enrollments_of_bank on enrollments (bank);

-- A question is its bank and ident, for ever; what it says now is the version of its hash.
create table questions (
    id           integer primary key,
    bank         integer not null references banks (id) on delete cascade,
    ident        text    not null,
    hash         text    not null,
    semantic_key text    not null, -- a change of it begins the cards afresh
    fact         text,             -- questions of one fact are siblings
    kind         text    not null,
    difficulty   integer not null,
    position     integer not null,
    removed_at   integer,
    unique (bank, ident)
) strict;
create index questions_in_order on questions (bank, removed_at, position);

-- Every version that was ever shown, since reviews refer to them.
create table question_versions (
    id         integer primary key,
    question   integer not null references questions (id) on delete cascade,
    hash       text    not null,
    body       text    not null,
    frozen     text,             -- values that the simulator computed, with
    simulator  text,             -- its version
    created_at integer not null,
    unique (question, hash)
) strict;

-- Every scenario that a version ever named.
create table scenarios (
    hash       text    primary key not null,
    name       text    not null,
    source     text    not null,
    created_at integer not null
) strict;

-- What one learner remembers of one question. A question without a card is new.
create table cards (
    learner       integer not null references learners (id) on delete cascade,
    question      integer not null references questions (id) on delete cascade,
    state         text    not null check (state in ('new', 'learning', 'review', 'relearning')),
    step          integer,
    stability     integer,
    difficulty    integer,
    interval_days integer,
    last_at       integer,
    due_at        integer,
    reps          integer not null,
    lapses        integer not null,
    turn          integer not null, -- reviews ever recorded; never goes back
    since_turn    integer not null, -- the turn at which the present memory began: not 0 once it was begun afresh
    primary key (learner, question),
    check ((state = 'new') = (due_at is null))
) strict, without rowid;
create index cards_due on cards (learner, state, due_at);
create index cards_of_question on cards (question);

-- One answer, exactly as it was given. Never deleted while its learner is here; an undone review says so.
create table reviews (
    id             integer primary key,
    learner        integer not null references learners (id) on delete cascade,
    question       integer not null references questions (id) on delete cascade,
    turn           integer not null,
    answered_at    integer not null,
    hash           text    not null, -- the version that was shown
    lang           text    not null, -- in which language or languages
    shown          text    not null, -- choice ids in the order shown, as JSON
    answer         text    not null, -- raw
    score          integer not null check (score between 0 and 1000),
    first_exposure integer not null check (first_exposure in (0, 1)),
    took_ms        integer,
    rating         integer not null check (rating between 1 and 4),
    was            text    not null check (was in ('new', 'learning', 'review', 'relearning')),
    before         text    not null, -- the card before the answer, as JSON
    undone_at      integer,
    unique (learner, question, turn),
    foreign key (question, hash) references question_versions (question, hash)
) strict;
create index reviews_by_day on reviews (learner, answered_at);

-- Small facts about the database itself, such as the digest of the content it was filled from.
create table meta (
    name  text primary key not null,
    value text not null
) strict;
